import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Report } from '@sophia/core/report/envelope';
import type { SourceFile } from '@sophia/core/report/read/source';
import { startOtlp } from '@sophia/standins/otlp';
import type { ReceivedSpan } from '@sophia/standins/otlp';

import {
  gateReport,
  reportOnPullRequest,
  RUN_ID,
  SHA,
  startRepository,
  TOKEN,
  workspaceOf,
} from './pr-report-workspace.ts';
import { releaseDirectory, runBundle } from './run-bundle.ts';
import type { BundleRun } from './run-bundle.ts';

const HEADER_SECRET = 'fakeCollectorTokenOfATest';
const START_MS = Date.parse('2026-06-12T09:30:00.000Z');

interface Closable {
  close(): Promise<void>;
}
const started: Closable[] = [];
const closeAll = (list: Closable[]) => Promise.all(list.splice(0).map((one) => one.close()));
afterEach(async () => {
  await closeAll(started);
});

async function services(owner: Closable[] = started) {
  const at = (seconds: number) => new Date(START_MS + seconds * 1_000).toISOString().replace('.000Z', 'Z');
  const job = (name: string, from: number, to: number) => ({
    name,
    startedAt: at(from),
    completedAt: at(to),
  });
  const jobs = [job('health-gate', -5, 10), job('production-deployment', 12, 60)];
  const github = await startRepository({ pulls: [], runs: [{ id: RUN_ID, headSha: SHA, jobs }] });
  const collector = await startOtlp();
  owner.push(github, collector);
  return { github, collector };
}
type Services = Awaited<ReturnType<typeof services>>;

const startedAt = (offsetMs: number) => ({ startedAt: new Date(START_MS + offsetMs).toISOString() });
const failed = { status: 'failure', category: 'unauthorized', message: 'the key was refused (401)' } as const;
const gate = gateReport([
  { name: 'openai', durationMs: 120, details: startedAt(10), ...failed },
  { name: 'pinecone', durationMs: 80, details: startedAt(15) },
]);
const deployment = gateReport(
  [
    { name: 'backend/build', kind: 'run', durationMs: 4_000, details: startedAt(14_000) },
    { name: 'backend/health', kind: 'run', durationMs: 500, details: startedAt(18_500) },
    { name: 'frontend/build', kind: 'run', durationMs: 2_000, details: startedAt(19_000) },
  ],
  { kind: 'deploy-phase', startedAt: new Date(START_MS + 13_000).toISOString(), durationMs: 8_000 },
);
const ofJob = ({ text }: SourceFile, job: string): SourceFile => ({
  path: `${job}.json`,
  text: text.replace('"job":"health-gate"', `"job":"${job}"`),
});
const files = [gate, ofJob(deployment, 'production-deployment')];

interface Asked {
  readonly own?: readonly SourceFile[];
  readonly variables?: Readonly<Record<string, string>>;
}

async function report({ github, collector }: Services, { own = files, variables = {} }: Asked = {}) {
  return runBundle({
    action: 'pr-report',
    directory: await workspaceOf(own),
    inputs: { 'github-token': TOKEN, 'fail-on': 'failure', reports: '*.json' },
    variables: {
      GITHUB_API_URL: github.url,
      GITHUB_WORKFLOW: 'Deploy',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${HEADER_SECRET},x-tenant=acme`,
      ...variables,
    },
  });
}

/** The received tree, one line a span: name, start and duration from the gate's start, what failed. */
function outline(spans: readonly ReceivedSpan[]): readonly string[] {
  const depth = (parentId: string): number => {
    const parent = spans.find(({ spanId }) => spanId === parentId);
    return parent === undefined ? 0 : 1 + depth(parent.parentId);
  };
  return spans.map(({ name, parentId, startMs, endMs, statusCode, statusMessage, attributes }) => {
    const words = statusCode === 2 ? ` ✗ ${statusMessage}` : '';
    const time = `${startMs - START_MS} ${endMs - startMs}`;
    return `${'  '.repeat(depth(parentId))}${String(attributes['sophia.span'])} ${name} ${time}${words}`;
  });
}

async function traceItem({ directory }: BundleRun) {
  const { items } = JSON.parse(await readFile(join(directory, 'pr_report.json'), 'utf8')) as Report;
  return items.find(({ kind }) => kind === 'trace');
}

type Trouble = readonly [
  mode: 'down' | 'silence' | 'html' | 500 | 503,
  variables: Readonly<Record<string, string>>,
  words: RegExp,
];
const TROUBLES: readonly Trouble[] = [
  ['down', {}, /no trace was exported: the collector (took nothing: |gave no answer within 5 s)/],
  ['silence', {}, /no trace was exported: the collector gave no answer within 5 s/],
  [500, {}, /no trace was exported: the collector took nothing: it answered 500/],
  [500, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, /the collector took nothing: it answered 500/],
  [503, {}, /no trace was exported: the collector (took nothing|gave no answer)/],
  [
    'html',
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    /no trace was exported: OTEL_EXPORTER_OTLP_PROTOCOL is grpc; .*http\/json, http\/protobuf/,
  ],
  [
    'html',
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'protobuf' },
    /no trace was exported: OTEL_EXPORTER_OTLP_PROTOCOL is protobuf; /,
  ],
  ['html', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, /no trace was exported: .* is no http/],
  [
    'html',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://169.254.169.254' },
    /no trace was exported: .*169\.254\.169\.254/,
  ],
];

async function troubled([mode, variables]: Trouble) {
  const here = await services(ofTroubles);
  if (mode === 'down') await here.collector.close();
  else here.collector.fail(mode);
  return report(here, { variables });
}

// Several wait for the whole five seconds: they run beside each other, and beside the tests that come first.
const ofTroubles: Closable[] = [];
let troubles: Promise<readonly BundleRun[]> = Promise.resolve([]);
beforeAll(() => {
  troubles = Promise.all(TROUBLES.map(troubled));
  troubles.catch(() => undefined);
});
afterAll(async () => {
  await troubles.catch(() => undefined);
  await closeAll(ofTroubles);
});

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

describe('trouble with the collector is a warning, and the verdict stands', () => {
  test.each(TROUBLES.map(([mode, variables, words], index) => ({ mode, variables, words, index })))(
    '$mode $variables',
    async ({ words, index }) => {
      const run = (await troubles)[index];
      if (run === undefined) throw new Error('it did not run');
      expect(run.stdout).toMatch(words);
      expect(run.exitCode).toBe(1);
      expect(run.outputs['status']).toBe('failure');
      expect(run.summary).toContain('Blocked: openai rejected the credentials');
      expect(await traceItem(run)).toMatchObject({ status: 'warning' });
    },
  );
});
