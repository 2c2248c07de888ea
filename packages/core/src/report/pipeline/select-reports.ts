import type { Report } from '../envelope.ts';
import type { ListedFile, RunFacts } from './model.ts';

/** A report with where it was found. */
export interface FoundReport {
  readonly path: string;
  readonly report: Report;
}

export interface Selection {
  readonly counted: readonly Report[];
  readonly listed: readonly ListedFile[];
}

const short = (sha: string) => sha.slice(0, 7) || 'no commit';

/** @returns why a report belongs to another run, or undefined. */
function foreignness(report: Report, run: RunFacts): string | undefined {
  const { runId, sha } = report.run;
  if (runId !== run.runId) return `of run ${runId}`;
  if (run.reportSha !== '' && sha !== run.reportSha) return `of commit ${short(sha)}`;
  return undefined;
}

const jobKey = ({ kind, environment, run }: Report) => [kind, environment, run.job].join('\0');

/**
 * Decides which reports count: none of another run or commit, none that a later attempt of its job replaced, none twice.
 *
 * @param run undefined at a terminal, where whatever was named counts
 */
export function selectReports(found: readonly FoundReport[], run: RunFacts | undefined): Selection {
  const listed: ListedFile[] = [];
  const latest = new Map<string, number>();
  const own = found.filter(({ path, report }) => {
    if (report.kind === 'pr-report') return false;
    const foreign = run === undefined ? undefined : foreignness(report, run);
    if (foreign !== undefined) listed.push({ path, why: 'foreign', detail: `${report.kind} ${foreign}` });
    else latest.set(jobKey(report), Math.max(latest.get(jobKey(report)) ?? 0, report.run.attempt));
    return foreign === undefined;
  });
  const seen = new Set<string>();
  const counted = own.filter(({ path, report }) => {
    const identity = `${jobKey(report)}\0${report.startedAt}\0${report.durationMs}\0${report.deploymentId}`;
    const attempt = latest.get(jobKey(report)) ?? 0;
    if (report.run.attempt < attempt) {
      const detail = `${report.kind} of attempt ${report.run.attempt}; attempt ${attempt} counts`;
      listed.push({ path, why: 'superseded', detail });
      return false;
    }
    const isNew = !seen.has(identity);
    seen.add(identity);
    return isNew;
  });
  return { counted: counted.map(({ report }) => report), listed };
}
