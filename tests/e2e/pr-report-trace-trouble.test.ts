import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { BundleRun } from './run-bundle.ts';
import { closeAll, report, services, traceItem } from './trace-workspace.ts';
import type { Closable } from './trace-workspace.ts';

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

// Several wait for the whole five seconds: they run beside each other.
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
