import type { Report } from '../envelope.ts';
import type { Job, Journal } from '../read/source.ts';
import type { Span, Verdict } from './model.ts';
import { titleOf, verdictOf } from './stages.ts';

/** More rows than this are no overview any more. */
const MOST_SPANS = 200;

const RESULTS: Readonly<Record<string, Span['verdict']>> = {
  success: 'success',
  failure: 'failure',
  cancelled: 'failure',
  skipped: 'skipped',
};

const resultVerdict = (result: string): Span['verdict'] => RESULTS[result] ?? 'warning';

/** A report as a bar of its own. */
function reportSpan(report: Report): Span {
  const startMs = Date.parse(report.startedAt);
  return {
    label: titleOf(report),
    startMs,
    endMs: startMs + report.durationMs,
    verdict: verdictOf(report),
    nested: true,
  };
}

const RANK: Readonly<Record<Verdict, number>> = { success: 0, warning: 1, failure: 2 };
export const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.reduce<Verdict>((worse, one) => (RANK[one] > RANK[worse] ? one : worse), 'success');

/**
 * @returns the pipeline on a time axis: each job with its reports below it. Where nobody measured a job, its reports
 *   bound it; a job without both has no bar.
 */
export function pipelineTimeline(jobs: readonly Job[], reports: readonly Report[]): readonly Span[] {
  const ids = new Set([...jobs.map(({ id }) => id), ...reports.map(({ run }) => run.job)]);
  const groups = [...ids].flatMap((id) => {
    const group = jobGroup(
      jobs.find((one) => one.id === id),
      id,
      reports.filter(({ run }) => run.job === id),
    );
    return group === undefined ? [] : [group];
  });
  const sorted = groups.toSorted((a, b) => a.job.startMs - b.job.startMs);
  return sorted.flatMap(({ job, inner }) => [job, ...inner]).slice(0, MOST_SPANS);
}

function jobGroup(job: Job | undefined, id: string, reports: readonly Report[]) {
  const inner = reports.map(reportSpan).toSorted((a, b) => a.startMs - b.startMs);
  const measured = job?.startedAtMs !== undefined && job.durationMs !== undefined;
  if (!measured && inner.length === 0) return undefined;
  const startMs = job?.startedAtMs ?? Math.min(...inner.map((span) => span.startMs));
  const endMs = measured ? startMs + (job.durationMs ?? 0) : Math.max(...inner.map((span) => span.endMs));
  const verdict = job === undefined ? worst(reports.map(verdictOf)) : resultVerdict(job.result);
  const whole = { label: id || 'local', startMs, endMs, verdict, nested: false };
  return { job: whole, inner: inner.length === 1 && !measured ? [] : inner };
}

interface OpenStep {
  readonly label: string;
  readonly startMs: number;
  readonly undo: boolean;
}

/** @returns a deployment's steps and undos as its journal has them; one that never finished ends with the journal. */
export function journalTimeline({ events }: Journal): readonly Span[] {
  const open = new Map<string, OpenStep>();
  const spans: Span[] = [];
  const lastMs = events.at(-1)?.timeMs ?? 0;
  const close = (key: string, endMs: number, failed: boolean) => {
    const step = open.get(key);
    if (step === undefined) return;
    open.delete(key);
    const verdict = failed ? 'failure' : step.undo ? 'undo' : 'success';
    spans.push({ label: step.label, startMs: step.startMs, endMs, verdict, nested: step.undo });
  };
  for (const { type, phase, step, timeMs, exitCode } of events) {
    const undo = type.startsWith('undo.');
    const key = `${undo}\0${phase}\0${step}`;
    const label = phase === '' ? step : `${phase}/${step}`;
    if (type === 'step.started' || type === 'undo.started') open.set(key, { label, startMs: timeMs, undo });
    if (type === 'step.finished' || type === 'undo.finished') close(key, timeMs, exitCode !== 0);
  }
  for (const key of [...open.keys()]) close(key, lastMs, true);
  return spans.toSorted((a, b) => a.startMs - b.startMs).slice(0, MOST_SPANS);
}
