import { messageOf, SophiaError } from '@sophia/core/errors';
import { evaluateCondition, evaluateValue } from '../expressions/evaluate.ts';
import type { JobState } from '../jobs/job-state.ts';
import type { Result } from '../run-options.ts';
import { applyCommandFiles } from './apply-command-files.ts';
import { createCommandFiles, removeCommandFiles } from './command-files.ts';
import { Execution } from './execution.ts';
import { taskExpressionScope } from './step-contexts.ts';
import type { StepTask } from './step-task.ts';
import { taskName } from './task-name.ts';

const MS_PER_MINUTE = 60_000;

/** The reason with which a step's signal is aborted. */
type StopReason = 'cancelled' | 'timeout';

/** The `env` context of a step. */
export type StepEnv = Readonly<Record<string, string>>;

/** Whether a step's condition holds at this moment. */
export function conditionHolds(job: JobState, task: StepTask, env: StepEnv): boolean {
  return evaluateCondition(task.condition, taskExpressionScope(job, task, env));
}

/** On cancel the running step stops unless its condition still holds, as `always()` does. */
function watchCancel(
  job: JobState,
  stillHolds: () => boolean,
  stop: (reason: StopReason) => void,
): () => void {
  return job.cancel.onCancel(() => {
    job.status = 'cancelled';
    try {
      if (!stillHolds()) stop('cancelled');
    } catch {
      stop('cancelled');
    }
  });
}

function watchTimeout(minutes: number, stop: (reason: StopReason) => void): () => void {
  if (!(minutes > 0)) return () => undefined;
  const timer = setTimeout(() => stop('timeout'), minutes * MS_PER_MINUTE);
  return () => clearTimeout(timer);
}

async function perform(execution: Execution): Promise<void> {
  try {
    await execution.task.execute(execution);
  } catch (error) {
    if (!execution.signal.aborted) execution.fail(messageOf(error));
    if (!(error instanceof SophiaError) && error instanceof Error) execution.debug(error.stack ?? '');
  }
}

function outcomeOf(execution: Execution, stopped: unknown): Result {
  if (stopped === 'cancelled' || execution.job.cancel.force.aborted) return 'cancelled';
  return execution.failed ? 'failure' : 'success';
}

/**
 * Runs a stage of a step whose condition holds, until it ends, is cancelled or takes too long, and takes over
 * what it wrote to its files.
 */
export async function executeTask(
  job: JobState,
  task: StepTask,
  env: StepEnv,
): Promise<{ readonly execution: Execution; readonly outcome: Result }> {
  const stopper = new AbortController();
  const stop = (reason: StopReason): void => stopper.abort(reason);
  const signal = AbortSignal.any([stopper.signal, job.cancel.force]);
  const files = createCommandFiles(job.directories.temp);
  const scope = taskExpressionScope(job, task, env);
  const execution = new Execution({ job, task, env, files, signal, scope });
  const minutes = task.stage === 'main' ? Number(evaluateValue(task.step.timeoutMinutes, scope) ?? 0) : 0;
  const unwatchCancel = watchCancel(job, () => conditionHolds(job, task, env), stop);
  const unwatchTimeout = watchTimeout(minutes, stop);
  await perform(execution);
  unwatchCancel();
  unwatchTimeout();
  applyCommandFiles(execution);
  removeCommandFiles(files);
  if (stopper.signal.reason === 'timeout') {
    execution.fail(`The action '${taskName(task, scope)}' has timed out after ${minutes} minutes.`);
  }
  return { execution, outcome: outcomeOf(execution, stopper.signal.reason) };
}
