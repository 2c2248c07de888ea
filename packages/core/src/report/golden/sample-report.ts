import type { Report, ReportItem, ReportStatus } from '../envelope.ts';
import type { RunFacts } from '../pipeline/model.ts';

/** When the run began. */
export const START_MS = Date.UTC(2026, 5, 12, 9, 30);
/** @returns a time of the run, that many milliseconds after its start */
export const at = (offsetMs: number) => new Date(START_MS + offsetMs).toISOString();
const SHA = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';

/** The run of all samples. */
export const sampleRun: RunFacts = {
  repository: 'acme/sophia-demo',
  sha: SHA,
  runId: 812,
  attempt: 1,
  job: 'deployment-notification',
  actor: 'octocat',
  event: 'push',
  ref: 'refs/heads/main',
  url: 'https://github.com/acme/sophia-demo/actions/runs/812',
  reportSha: SHA,
  pullRequest: undefined,
  fork: false,
};

interface Own {
  readonly kind: Report['kind'];
  readonly status: ReportStatus;
  readonly job: string;
  readonly offsetMs: number;
  readonly durationMs: number;
  readonly summary: string;
  readonly items: readonly ReportItem[];
  readonly metrics?: Readonly<Record<string, number>>;
}

/** @returns a report of this run */
export function report({ job, offsetMs, ...own }: Own): Report {
  const { repository, sha, runId, attempt, actor, event, ref } = sampleRun;
  return {
    schema: 'sophia-report/1',
    environment: 'production',
    deploymentId: 'sophia-production-1781256600',
    startedAt: at(offsetMs),
    run: { repository, sha, runId, attempt, job, actor, event, ref },
    metrics: {},
    details: {},
    ...own,
  };
}
