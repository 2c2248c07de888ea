import { messageOf, SophiaError } from '@sophia/core/errors';
import { evaluateCondition, evaluateText, evaluateTexts, evaluateValue } from '../expressions/evaluate.ts';
import { addAnnotation } from '../jobs/add-annotation.ts';
import type { JobState } from '../jobs/job-state.ts';
import type { Result } from '../run-options.ts';
import { applyCommandFiles } from './apply-command-files.ts';
import { createCommandFiles, removeCommandFiles } from './command-files.ts';
import { Execution } from './execution.ts';
import { stepExpressionScope } from './step-contexts.ts';
import type { StepScope, StepTask } from './step-task.ts';
import { taskName } from './task-name.ts';

const MS_PER_MINUTE = 60_000;

type Environment = Readonly<Record<string, string>>;

/** The reason with which a step's signal is aborted. */
type StopReason = 'cancelled' | 'timeout';

function taskScope(task: StepTask): StepScope {
  return { ...task.scope, github: { ...task.scope.github, action: task.actionName } };
}

function evaluateEnvironment(job: JobState, task: StepTask): Environment {
  const before = { ...job.env, ...task.scope.env };
  return { ...before, ...evaluateTexts(task.step.env, stepExpressionScope(job, taskScope(task), before)) };
}

function holds(job: JobState, task: StepTask, env: Environment): boolean {
  return evaluateCondition(task.condition, stepExpressionScope(job, taskScope(task), env));
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

async function execute(
  job: JobState,
  task: StepTask,
  env: Environment,
): Promise<Execution & { outcome: Result }> {
  const stopper = new AbortController();
  const stop = (reason: StopReason): void => stopper.abort(reason);
  const signal = AbortSignal.any([stopper.signal, job.cancel.force]);
  const files = createCommandFiles(job.directories.temp);
  const scope = stepExpressionScope(job, taskScope(task), env);
  const execution = new Execution({ job, task, env, files, signal, scope });
  const minutes = task.stage === 'main' ? Number(evaluateValue(task.step.timeoutMinutes, scope) ?? 0) : 0;
  const unwatchCancel = watchCancel(job, () => holds(job, task, env), stop);
  const unwatchTimeout = watchTimeout(minutes, stop);
  try {
    await task.execute(execution);
  } catch (error) {
    if (!signal.aborted) execution.fail(messageOf(error));
    if (!(error instanceof SophiaError) && error instanceof Error) execution.debug(error.stack ?? '');
  } finally {
    unwatchCancel();
    unwatchTimeout();
  }
  applyCommandFiles(execution);
  removeCommandFiles(files);
  if (stopper.signal.reason === 'timeout') {
    execution.fail(`The action '${taskName(task, scope)}' has timed out after ${minutes} minutes.`);
  }
  return Object.assign(execution, { outcome: outcomeOf(execution, stopper.signal.reason) });
}

function outcomeOf(execution: Execution, stopped: unknown): Result {
  if (stopped === 'cancelled' || execution.job.cancel.force.aborted) return 'cancelled';
  return execution.failed ? 'failure' : 'success';
}

function isTolerated(execution: Execution, task: StepTask): boolean {
  if (task.stage !== 'main' || !task.step.continueOnError) return false;
  return evaluateText(task.step.continueOnError, execution.scope) === 'true';
}

/** What a stage of a step came to. */
export interface TaskOutcome {
  readonly outcome: Result;
  readonly conclusion: Result;
  readonly outputs: Record<string, string>;
}

const SKIPPED: TaskOutcome = { outcome: 'skipped', conclusion: 'skipped', outputs: {} };

async function attempt(job: JobState, task: StepTask): Promise<TaskOutcome> {
  if (job.cancel.force.aborted) return SKIPPED;
  const env = evaluateEnvironment(job, task);
  if (!holds(job, task, env)) return SKIPPED;
  const execution = await execute(job, task, env);
  const { outcome } = execution;
  const conclusion = outcome === 'failure' && isTolerated(execution, task) ? 'success' : outcome;
  return { outcome, conclusion, outputs: execution.outputs };
}

/** Before it starts a step's name may refer to nothing that evaluates: then its text stands. */
function nameNow(job: JobState, task: StepTask): string {
  const env = { ...job.env, ...task.scope.env };
  return job.masks.apply(taskName(task, stepExpressionScope(job, taskScope(task), env)));
}

/**
 * Runs one stage of one step: evaluates its environment and condition, runs it, and takes over what it wrote
 * to its files. It never throws: what goes wrong is a failure of the step.
 */
export async function runTask(job: JobState, task: StepTask): Promise<TaskOutcome> {
  const isTop = !task.scope.embedded;
  const started = performance.now();
  const name = nameNow(job, task);
  if (isTop) job.run.onEvent({ type: 'step-started', job: job.key, step: name });
  if (isTop) job.log.write(`##[group]${name}\n##[endgroup]`);
  let result: TaskOutcome;
  try {
    result = await attempt(job, task);
  } catch (error) {
    job.log.write(`##[error]${messageOf(error)}`);
    addAnnotation(job, { level: 'error', message: messageOf(error) });
    result = { outcome: 'failure', conclusion: 'failure', outputs: {} };
  }
  if (!isTop) return result;
  const durationMs = Math.round(performance.now() - started);
  const { conclusion, outcome } = result;
  job.results.push({ name, result: conclusion, outcome, durationMs });
  job.run.onEvent({ type: 'step-finished', job: job.key, step: name, result: conclusion, durationMs });
  return result;
}
