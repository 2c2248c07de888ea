import { formatDuration } from '@sophia/core/duration';
import type { LiveEvent, Result, WorkflowResult } from '@sophia/local-runner/run-options';

const SIGNS: Readonly<Record<Result, string>> = {
  success: 'ok  ',
  failure: 'FAIL',
  cancelled: 'stop',
  skipped: '-   ',
};

/** @returns a writer of one line a job and step, as they end. */
export function liveLines(write: (line: string) => void): (event: LiveEvent) => void {
  return (event) => {
    if (event.type === 'job-started') write(`     ${event.job}`);
    if (event.type === 'step-finished' && event.result !== 'skipped') {
      write(`${SIGNS[event.result]}   ${event.job} / ${event.step}  ${formatDuration(event.durationMs)}`);
    }
    if (event.type === 'annotation' && event.annotation.level === 'error') {
      write(`       ${event.job}: ${event.annotation.message}`);
    }
    if (event.type === 'job-finished')
      write(`${SIGNS[event.result]} ${event.job}  ${formatDuration(event.durationMs)}`);
  };
}

/** @returns the table of jobs at the end. */
export function summaryLines(result: WorkflowResult): readonly string[] {
  const width = Math.max(...result.jobs.map((job) => job.id.length));
  return result.jobs.map(
    (job) =>
      `${SIGNS[job.result]} ${job.id.padEnd(width)}  ${job.result === 'skipped' ? '' : formatDuration(job.durationMs)}`,
  );
}
