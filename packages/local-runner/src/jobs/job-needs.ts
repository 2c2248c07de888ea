import type { StatusAnswers } from '../expressions/evaluate.ts';
import type { Json } from '../expressions/expression-data.ts';
import type { JobResult, Result } from '../run-options.ts';
import type { JobModel } from '../workflow/model.ts';
import { allNeeds, type JobsById } from '../workflow/parse-workflow.ts';

/** What a job (all combinations of its matrix, all jobs of the workflow it calls) came to. */
export interface JobOutcome {
  /** As other jobs see it: a failure under continue-on-error is a success. */
  readonly result: Result;
  readonly outputs: Readonly<Record<string, string>>;
  readonly reports: readonly JobResult[];
}

export type Outcomes = ReadonlyMap<string, JobOutcome>;

/** The `needs` context: the jobs that are named directly. */
export function needsContext(job: JobModel, outcomes: Outcomes): { [key: string]: Json } {
  return Object.fromEntries(
    job.needs.map((id) => {
      const outcome = outcomes.get(id);
      return [id, { result: outcome?.result ?? 'skipped', outputs: { ...outcome?.outputs } }];
    }),
  );
}

/** Where a job stands among the others. */
export interface JobPlace {
  readonly jobs: JobsById;
  readonly outcomes: Outcomes;
  /** Aborted: the run is cancelled. Undefined: as if it never were. */
  readonly signal: AbortSignal | undefined;
}

/**
 * The status functions in the `if` of a job, at any moment. They look at all ancestors, not only at the jobs
 * under `needs`: behind a skipped job everything is skipped that does not say `always()` or the like
 * (actions/runner#491).
 */
export function jobStatus(job: JobModel, { jobs, outcomes, signal }: JobPlace): StatusAnswers {
  const ancestors = [...allNeeds(job, jobs)];
  const isCancelled = (): boolean => signal?.aborted ?? false;
  const resultsOf = (names: readonly string[]): Result[] =>
    (names.length > 0 ? names : ancestors).map((id) => outcomes.get(id)?.result ?? 'skipped');
  return {
    success: (names) => !isCancelled() && resultsOf(names).every((result) => result === 'success'),
    failure: (names) => !isCancelled() && resultsOf(names).includes('failure'),
    get cancelled() {
      return isCancelled();
    },
  };
}

/** @returns the result of several: one failure makes a failure, else one cancelled makes it cancelled. */
export function mergeResults(results: readonly Result[]): Result {
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}

/** Outputs of the combinations of a matrix; the last one that set a value wins, as on GitHub. */
export function mergeOutputs(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const outputs of all) {
    for (const [name, value] of Object.entries(outputs))
      if (value !== '' || !(name in merged)) merged[name] = value;
  }
  return merged;
}
