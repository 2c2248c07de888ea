import { describe, expect, test } from '@jest/globals';

import { buildSample } from './golden/build-sample.ts';
import { blockedSample, greenSample, rolledBackSample } from './golden/sample.ts';
import { buildTrace } from './trace.ts';
import type { Trace } from './trace.ts';
import { parseTraceparent, traceIdOf, traceparentOf } from './trace-context.ts';

/** The tree as lines: kind and name, start and duration in milliseconds from the start of the whole, what failed. */
function outline({ spans }: Trace): string {
  const [root] = spans;
  const depth = (parentId: string): number => {
    const parent = spans.find(({ spanId }) => spanId === parentId);
    return parent === undefined ? 0 : 1 + depth(parent.parentId);
  };
  const lines = spans.map(({ name, parentId, startMs, endMs, status, message, attributes }) => {
    const time = `+${startMs - (root?.startMs ?? 0)} ${endMs - startMs}`;
    const failed = status === 'error' ? ` ✗ ${message}` : '';
    return `${'  '.repeat(depth(parentId))}${attributes['sophia.span']} ${name} ${time}${failed}`.trimEnd();
  });
  return lines.join('\n');
}

describe('the trace', () => {
  test.each([
    ['of a rolled-back deployment', rolledBackSample],
    ['of a blocked run', blockedSample],
  ])('%s', (_, sample) => {
    expect(outline(buildTrace(buildSample(sample), 'Deploy', undefined))).toMatchSnapshot();
  });

  test('is the same whenever it is built, and another one for another attempt', () => {
    const pipeline = buildSample(greenSample);
    const first = buildTrace(pipeline, 'Deploy', undefined);
    expect(buildTrace(pipeline, 'Deploy', undefined)).toEqual(first);
    expect(new Set(first.spans.map(({ spanId }) => spanId)).size).toBe(first.spans.length);
    const again = buildTrace({ ...pipeline, run: { ...pipeline.run, attempt: 2 } }, 'Deploy', undefined);
    expect(again.traceId).not.toBe(first.traceId);
    const ids = new Set(first.spans.map(({ spanId }) => spanId));
    expect(again.spans.filter(({ spanId }) => ids.has(spanId))).toEqual([]);
  });

  test('lies below a parent that is given, in its trace', () => {
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    const { traceId, spans } = buildTrace(buildSample(greenSample), '', parent);
    expect(traceId).toBe(parent.traceId);
    expect(spans[0]).toMatchObject({ parentId: parent.spanId, name: 'acme/sophia-demo' });
  });

  test('has each job where its own `traceparent` says, and takes that for no parent', () => {
    const pipeline = buildSample(greenSample);
    const job = 'health-gate';
    const own = parseTraceparent(traceparentOf({ ...pipeline.run, job }));
    const { traceId, spans } = buildTrace(pipeline, 'Deploy', own);
    expect(traceId).toBe(own?.traceId);
    expect(spans[0]?.parentId).toBe('');
    expect(spans.find(({ spanId }) => spanId === own?.spanId)).toMatchObject({ name: job });
  });

  test('has the workflow alone where nothing was measured', () => {
    const { spans } = buildTrace(
      buildSample({ ...greenSample, sources: [], needs: '' }),
      'Deploy',
      undefined,
    );
    expect(spans).toMatchObject([{ name: 'Deploy', status: 'error', parentId: '' }]);
  });

  test('of names that collide has an id for each, and is bounded', () => {
    const pipeline = buildSample(greenSample);
    const [job] = pipeline.jobs;
    const [report] = pipeline.reports;
    const reports = Array.from({ length: 3_000 }, () => report!);
    const { spans } = buildTrace({ ...pipeline, jobs: [job!], reports }, 'Deploy', undefined);
    expect(spans).toHaveLength(2_000);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(2_000);
  });
});

test('a trace id is the first half of a SHA-256 over repository, run and attempt', () => {
  expect(traceIdOf({ repository: 'acme/app', runId: 812, attempt: 1 })).toBe(
    'c2906d25c7b4959539dc405c1a767355',
  );
});

const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

test.each([
  ['as the recommendation has it', `00-${trace}-${span}-01`, true],
  ['not sampled', `00-${trace}-${span}-00`, true],
  ['of a later version with more', `cc-${trace}-${span}-01-what`, true],
  ['of version 00 with more', `00-${trace}-${span}-01-what`, false],
  ['of the version that is forbidden', `ff-${trace}-${span}-01`, false],
  ['of zeros', `00-${'0'.repeat(32)}-${span}-01`, false],
  ['without a span', `00-${trace}-${'0'.repeat(16)}-01`, false],
  ['in upper case', `00-${trace.toUpperCase()}-${span}-01`, false],
  ['that is empty', '', false],
])('a traceparent %s', (_, text, holds) => {
  expect(parseTraceparent(text)).toEqual(holds ? { traceId: trace, spanId: span } : undefined);
});
