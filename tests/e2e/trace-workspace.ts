// What tests of traces share: reports of a run, and a collector.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach } from '@jest/globals';
import type { Report } from '@sophia/core/report/envelope';
import type { SourceFile } from '@sophia/core/report/read/source';
import { startOtlp } from '@sophia/standins/otlp';
import type { ReceivedSpan } from '@sophia/standins/otlp';

import { gateReport, RUN_ID, SHA, startRepository, TOKEN, workspaceOf } from './pr-report-workspace.ts';
import { runBundle } from './run-bundle.ts';
import type { BundleRun } from './run-bundle.ts';

/** In the headers that the collector is sent. */
export const HEADER_SECRET = 'fakeCollectorTokenOfATest';
const START_MS = Date.parse('2026-06-12T09:30:00.000Z');

/** What is closed in the end. */
export interface Closable {
  close(): Promise<void>;
}
const started: Closable[] = [];
/** Closes all, and forgets them. */
export const closeAll = (list: Closable[]) => Promise.all(list.splice(0).map((one) => one.close()));
afterEach(async () => {
  await closeAll(started);
});

/** @returns GitHub with two jobs, and a collector; closed after the test unless `owner` closes them */
export async function services(owner: Closable[] = started) {
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

/** Details of an item: when it began, from the gate's start. */
export const startedAt = (offsetMs: number) => ({ startedAt: new Date(START_MS + offsetMs).toISOString() });
/** Of an item. */
export const failed = {
  status: 'failure',
  category: 'unauthorized',
  message: 'the key was refused (401)',
} as const;
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
/** Reports of a gate that failed and of a deployment. */
export const files = [gate, ofJob(deployment, 'production-deployment')];

interface Asked {
  readonly own?: readonly SourceFile[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs the bundle over reports, the traces to the collector. */
export async function report({ github, collector }: Services, { own = files, variables = {} }: Asked = {}) {
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
export function outline(spans: readonly ReceivedSpan[]): readonly string[] {
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

/** @returns what the report says of the trace */
export async function traceItem({ directory }: BundleRun) {
  const { items } = JSON.parse(await readFile(join(directory, 'pr_report.json'), 'utf8')) as Report;
  return items.find(({ kind }) => kind === 'trace');
}
