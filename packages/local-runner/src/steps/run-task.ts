import { messageOf } from '@sophia/core/errors';
import { evaluateText, evaluateTexts } from '../expressions/evaluate.ts';
import { addAnnotation } from '../jobs/add-annotation.ts';
import type { JobState } from '../jobs/job-state.ts';
import type { Result } from '../run-options.ts';
import { conditionHolds, executeTask, type StepEnv } from './execute-task.ts';
import type { Execution } from './execution.ts';
import { taskExpressionScope } from './step-contexts.ts';
import type { StepTask } from './step-task.ts';
import { taskName } from './task-name.ts';

function evaluateEnvironment(job: JobState, task: StepTask): StepEnv {
  const before = { ...job.env, ...task.scope.env };
  return { ...before, ...evaluateTexts(task.step.env, taskExpressionScope(job, task, before)) };
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
  if (!conditionHolds(job, task, env)) return SKIPPED;
  const { execution, outcome } = await executeTask(job, task, env);
  const conclusion = outcome === 'failure' && isTolerated(execution, task) ? 'success' : outcome;
  return { outcome, conclusion, outputs: execution.outputs };
}

/** Before it starts a step's name may refer to nothing that evaluates: then its text stands. */
function nameNow(job: JobState, task: StepTask): string {
  const env = { ...job.env, ...task.scope.env };
  return job.masks.apply(taskName(task, taskExpressionScope(job, task, env)));
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
