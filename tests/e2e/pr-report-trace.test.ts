import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { gateReport, reportOnPullRequest, SHA } from './pr-report-workspace.ts';
import { releaseDirectory, runBundle } from './run-bundle.ts';
import {
  failed,
  files,
  HEADER_SECRET,
  outline,
  report,
  services,
  startedAt,
  traceItem,
} from './trace-workspace.ts';

describe('the trace of a run', () => {
  test('arrives as one tree, with times and status, and the headers that were asked for', async () => {
    const here = await services();
    const run = await report(here);
    expect(await traceItem(run)).toMatchObject({ status: 'success' });
    const spans = here.collector.spans();
    expect(outline(spans)).toEqual(
      [
        'workflow Deploy -5000 65000 ✗ Blocked: openai rejected the credentials',
        '  job health-gate -5000 15000',
        '    report Health gate 0 800 ✗',
        '      check openai 10 120 ✗ the key was refused (401)',
        '      check pinecone 15 80',
        '  job production-deployment 12000 48000',
        '    report Deployment 13000 8000',
        '      phase backend 14000 5000',
        '        step backend/build 14000 4000',
        '        step backend/health 18500 500',
        '      phase frontend 19000 2000',
        '        step frontend/build 19000 2000',
      ].map(
        (line) =>
          expect.stringMatching(new RegExp(`^${line.replace(/[().]/g, '\\$&')}`)) as unknown as string,
      ),
    );
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(spans[0]?.attributes).toMatchObject({
      'cicd.pipeline.run.id': '812',
      'vcs.ref.head.revision': SHA,
      'cicd.pipeline.result': 'failure',
    });
    expect(spans[0]?.service).toBe('sophia-actions');
    expect(here.collector.requests).toHaveLength(1);
    expect(here.collector.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${HEADER_SECRET}`,
      'x-tenant': 'acme',
    });
  });

  test('is the same trace when it is exported again', async () => {
    const here = await services();
    await report(here);
    await report(here);
    const all = here.collector.spans();
    const half = all.length / 2;
    expect(all.slice(half)).toEqual(all.slice(0, half));
  });

  test('lies below TRACEPARENT where that is set', async () => {
    const here = await services();
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await report(here, {
      variables: { TRACEPARENT: `00-${traceId}-00f067aa0ba902b7-01`, OTEL_SERVICE_NAME: 'shop' },
    });
    const [root] = here.collector.spans();
    expect(root).toMatchObject({ traceId, parentId: '00f067aa0ba902b7', service: 'shop' });
  });

  test('is one with what each job’s TRACEPARENT says, which pr-report does not take for a parent', async () => {
    const here = await services();
    const refused = await runBundle({
      action: 'esc-setup',
      variables: {
        GITHUB_JOB: 'health-gate',
        OTEL_EXPORTER_OTLP_ENDPOINT: here.collector.url,
      },
    });
    const passed = refused.exported['TRACEPARENT'] ?? '';
    const [, traceId, spanId] = passed.split('-');
    await report(here, { variables: { TRACEPARENT: passed } });
    const spans = here.collector.spans();
    expect(spans[0]).toMatchObject({ traceId, parentId: '', name: 'Deploy' });
    expect(spans.find((span) => span.spanId === spanId)?.name).toBe('health-gate');
  });

  test('gives no TRACEPARENT where nobody asks for traces, or somebody has set one', async () => {
    const here = await services();
    const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: here.collector.url, TRACEPARENT: parent };
    for (const one of [{}, variables, { ...variables, OTEL_SDK_DISABLED: 'true', TRACEPARENT: '' }]) {
      const { exported } = await runBundle({ action: 'esc-setup', variables: one });
      expect(exported).not.toHaveProperty('TRACEPARENT');
    }
  });

  test('is exported only where it is asked for, and its SDK is not part of what starts', async () => {
    const here = await services();
    for (const variables of [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, { OTEL_SDK_DISABLED: 'true' }])
      expect(await traceItem(await report(here, { variables }))).toBeUndefined();
    expect(here.collector.requests).toEqual([]);
    const start = await readFile(join(releaseDirectory, 'pr-report/dist/index.js'), 'utf8');
    expect(start).not.toContain('opentelemetry');
  });

  test('of a fork is not exported: what it reported is its own claim', async () => {
    const here = await services();
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: here.collector.url };
    const pull = await reportOnPullRequest({ github: here.github, files, variables, head: 'mallory/app' });
    expect(await traceItem(pull)).toBeUndefined();
    expect(here.collector.requests).toEqual([]);
  });
});

describe('in protobuf', () => {
  const variables = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };

  test('is the same trace as in JSON, span by span', async () => {
    const here = await services();
    const run = await report(here, { variables });
    expect(await traceItem(run)).toMatchObject({ status: 'success' });
    const [request] = here.collector.requests;
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      authorization: `Bearer ${HEADER_SECRET}`,
    });
    const sent = here.collector.spans().length;
    await report(here, { variables: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' } });
    const spans = here.collector.spans();
    expect(sent).toBe(12);
    expect(spans.slice(sent)).toEqual(spans.slice(0, sent));
  });

  test('has no secret in any byte either', async () => {
    const here = await services();
    const own = [gateReport([{ name: `openai ${HEADER_SECRET}`, details: startedAt(10), ...failed }])];
    await report(here, { own, variables });
    expect(here.collector.spans().map(({ name }) => name)).toContain('openai ***');
  });
});

test('no secret is in any byte, not even where a report quotes it', async () => {
  const here = await services();
  const message = `the collector refused ${HEADER_SECRET}`;
  const own = [gateReport([{ name: `openai ${HEADER_SECRET}`, details: startedAt(10), ...failed, message }])];
  const run = await report(here, { own });
  const entries = await readdir(run.directory, { recursive: true, withFileTypes: true });
  const written = entries.filter((entry) => entry.isFile() && entry.name !== 'health_gate_report.json');
  const texts = await Promise.all(written.map((file) => readFile(join(file.parentPath, file.name), 'utf8')));
  const sent = [...here.collector.requests, ...here.github.requests].map(({ body }) => body);
  expect(here.collector.spans().map(({ name }) => name)).toContain('openai ***');
  const shown = run.stdout.replace(/^::add-mask::.*$/gm, '') + run.stderr + run.summary;
  expect([shown, JSON.stringify(run.outputs), ...texts, ...sent].join('\n')).not.toContain(HEADER_SECRET);
});
