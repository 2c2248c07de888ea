import { z } from 'zod';

import type { Report, ReportItem } from '../envelope.ts';
import { startOf } from '../pipeline/item-timeline.ts';
import type { Pipeline } from '../pipeline/model.ts';
import { parseJson } from '../read/json.ts';

const text = () => z.string().max(300);
const milliseconds = () => z.number().min(0);
/** More regions than the providers have together. */
const MOST_REGIONS = 200;
const share = () => z.number().min(0).max(1).nullable();

const deploymentSchema = z.strictObject({
  id: text(),
  status: z.enum(['success', 'warning', 'failure', 'rolled-back', 'rollback-failed', 'cancelled']),
  /** ISO 8601, UTC. */
  finishedAt: z.iso.datetime(),
  durationMs: milliseconds(),
  /** Null where nothing was rolled back. */
  rollbackMs: milliseconds().nullable(),
  failedStep: text().nullable(),
  /** How it went in each region that it went to; records of before there were regions have none. */
  regions: z
    .array(z.strictObject({ name: text(), good: z.boolean(), durationMs: milliseconds() }))
    .max(MOST_REGIONS)
    .default([]),
});

const recordSchema = z.strictObject({
  schema: z.literal('sophia-history/1'),
  runId: z.int().min(0),
  attempt: z.int().min(0),
  sha: text(),
  url: text(),
  environment: text(),
  at: z.iso.datetime(),
  verdict: z.enum(['success', 'warning', 'failure']),
  /** When the commit was made; null where the event does not say. */
  committedAt: z.iso.datetime({ offset: true }).nullable(),
  deployment: deploymentSchema.nullable(),
  gatePassed: z.boolean().nullable(),
  /** Shares of servers and lines; null where nothing was measured. */
  serversHealthy: share(),
  /** Of the servers that were started, those that became healthy; records of before it was measured have none. */
  serversStarted: share().default(null),
  coverage: share(),
  /** From the start of the first server until the last one was ready. */
  fleetReadyMs: milliseconds().nullable(),
  recoveryMs: milliseconds().nullable(),
  criticalFindings: z.int().min(0).nullable(),
  /** Results of the master workflow's jobs `quality-security` and `build-test`; null where they did not run. */
  qualityPassed: z.boolean().nullable().default(null),
  buildPassed: z.boolean().nullable().default(null),
});

/** What is remembered of one run for the dashboard: one small file a run. */
export type RunRecord = z.infer<typeof recordSchema>;

/** @returns a record, or undefined where the text is none; history lies where people can edit it. */
export const parseRecord = (source: string): RunRecord | undefined =>
  recordSchema.safeParse(parseJson(source)?.value).data;

const lastOf = (reports: readonly Report[], kind: Report['kind']) =>
  reports.findLast(
    (report) => report.kind === kind && report.status !== 'planned' && !('findings' in report.details),
  );

function deploymentOf(report: Report | undefined): RunRecord['deployment'] {
  if (report === undefined) return null;
  const parsed = deploymentSchema.shape.status.safeParse(report.status);
  if (!parsed.success) return null;
  const failed = report.items.find((item) => item.status === 'failure' && item.severity === 'critical');
  return {
    id: report.deploymentId.slice(0, 300),
    status: parsed.data,
    finishedAt: new Date(Date.parse(report.startedAt) + report.durationMs).toISOString(),
    durationMs: report.durationMs,
    rollbackMs: report.metrics['rollbackMs'] ?? null,
    failedStep: failed?.name.slice(0, 300) ?? null,
    regions: regionsOf(report),
  };
}

/** A region went well where every step of it did; it took as long as its steps together. */
function regionsOf({ items }: Report): NonNullable<RunRecord['deployment']>['regions'] {
  const regions = new Map<string, { good: boolean; durationMs: number }>();
  for (const { details, status, durationMs } of items) {
    const name = details['region'];
    if (typeof name !== 'string') continue;
    const before = regions.get(name) ?? { good: true, durationMs: 0 };
    const good = before.good && (status === 'success' || status === 'warning');
    regions.set(name.slice(0, 300), { good, durationMs: before.durationMs + durationMs });
  }
  return [...regions].slice(0, MOST_REGIONS).map(([name, region]) => ({ name, ...region }));
}

const hasBeenReady = ({ status, details }: ReportItem) =>
  status === 'success' || typeof details['readyMs'] === 'number';

/** Where servers say when they began: from the first one's start until the last one was ready. */
function startOfFleet(started: readonly ReportItem[], ready: readonly ReportItem[]): number | undefined {
  if (ready.length === 0) return undefined;
  const begins = started.map((item) => startOf(item) ?? 0);
  const ends = ready.map((item) => (startOf(item) ?? 0) + item.durationMs);
  return Math.max(0, Math.max(...ends) - Math.min(...begins));
}

function jobPassed({ jobs }: Pipeline, id: string): boolean | null {
  const result = jobs.find((job) => job.id === id)?.result;
  return result === 'success' ? true : result === 'failure' ? false : null;
}

/** @returns the record of a run. */
export function recordOf(pipeline: Pipeline, committedAt: string | null): RunRecord {
  const { run, reports, stages, findings, environment, startedAt, verdict } = pipeline;
  const gates = stages.filter(({ kind }) => kind === 'health-gate');
  const fleet = lastOf(reports, 'mcp-orchestrate');
  const coverage = stages.find(({ kind }) => kind === 'coverage');
  const healthy = fleet?.items.filter((item) => item.status === 'success').length ?? 0;
  const started = (fleet?.items ?? []).filter((item) => startOf(item) !== undefined);
  const ready = started.filter(hasBeenReady);
  const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : null);
  return {
    schema: 'sophia-history/1',
    runId: run.runId,
    attempt: run.attempt,
    sha: run.sha,
    url: run.url.slice(0, 300),
    environment: environment.slice(0, 300),
    at: startedAt,
    verdict,
    committedAt,
    deployment: deploymentOf(lastOf(reports, 'deploy-phase')),
    gatePassed: gates.length === 0 ? null : gates.every((gate) => gate.verdict !== 'failure'),
    serversHealthy: ratio(healthy, fleet?.items.length ?? 0),
    serversStarted: ratio(ready.length, started.length),
    coverage: ratio(coverage?.passed ?? 0, coverage?.total ?? 0),
    fleetReadyMs: startOfFleet(started, ready) ?? fleet?.metrics['readyMaxMs'] ?? null,
    recoveryMs: fleet?.metrics['recoveryMaxMs'] ?? null,
    qualityPassed: jobPassed(pipeline, 'quality-security'),
    buildPassed: jobPassed(pipeline, 'build-test'),
    criticalFindings: findings.length === 0 ? null : findings.reduce((sum, { errors }) => sum + errors, 0),
  };
}
