import type { JobState } from '../jobs/job-state.ts';
import type { StepModel } from '../workflow/model.ts';
import { resolveAction } from '../workflow/resolve-uses.ts';
import { preTask, runAction, type RunNested } from './run-action.ts';
import { runScript } from './run-script.ts';
import { runTask, type TaskOutcome } from './run-task.ts';
import type { StepScope, StepTask } from './step-task.ts';

/** `github.action`: the step's id, or a name made from what it runs, numbered from the second on. */
function actionNameOf(job: JobState, step: StepModel): string {
  if (step.id !== undefined) return step.id;
  const { call } = step;
  const base =
    call.kind === 'run' ? '__run' : `__${call.uses.replace(/@.*/, '').replaceAll(/[^A-Za-z0-9-]/g, '_')}`;
  const count = (job.actionNames.get(base) ?? 0) + 1;
  job.actionNames.set(base, count);
  return count === 1 ? base : `${base}_${count}`;
}

/** Prepares a step; the stages of an action share its state. */
function createTask(job: JobState, step: StepModel, scope: StepScope): StepTask {
  const { call } = step;
  const nested: RunNested = (...parts) => runNestedSteps(job, parts);
  return {
    step,
    scope,
    stage: 'main',
    condition: step.condition,
    actionName: actionNameOf(job, step),
    state: {},
    execute: (execution) =>
      call.kind === 'run' ? runScript(execution, call) : runAction(execution, call, nested),
  };
}

function record(job: JobState, task: StepTask, outcome: TaskOutcome): void {
  const { scope, step } = task;
  if (step.id !== undefined) scope.steps[step.id] = { ...outcome };
  const failed = outcome.conclusion === 'failure' || outcome.conclusion === 'cancelled';
  if (scope.embedded) scope.embedded.failed ||= failed;
  else if (outcome.conclusion === 'failure' && job.status === 'success') job.status = 'failure';
}

async function runAndRecord(job: JobState, task: StepTask): Promise<void> {
  record(job, task, await runTask(job, task));
}

/** Runs the steps of a composite action in order; each decides by its condition whether it runs. */
async function runNestedSteps(job: JobState, nested: Parameters<RunNested>): Promise<void> {
  const [steps, scope, stop] = nested;
  for (const step of steps) {
    if (stop.aborted) return; // the composite step itself was stopped
    await runAndRecord(job, createTask(job, step, scope));
  }
}

/** Runs a job's steps: what actions do before, then the steps, then what actions do after, in reverse order. */
export async function runJobSteps(job: JobState, scope: StepScope): Promise<void> {
  const tasks = job.model.steps.map((step) => createTask(job, step, scope));
  for (const task of tasks) {
    const pre = findPre(job, task);
    if (pre) await runPre(job, pre);
  }
  for (const task of tasks) await runAndRecord(job, task);
  for (let post = job.posts.pop(); post; post = job.posts.pop()) await runPre(job, post);
}

function findPre(job: JobState, task: StepTask): StepTask | undefined {
  const { call } = task.step;
  if (call.kind !== 'uses' || call.uses.startsWith('./')) return undefined;
  const action = resolveAction(call.uses, {
    origin: task.scope.origin,
    places: job.run.places,
    workspace: job.directories.workspace,
  });
  return preTask(task, call, action);
}

/** A pre or post stage changes the job's status, but never `steps.<id>`. */
async function runPre(job: JobState, task: StepTask): Promise<void> {
  const { conclusion } = await runTask(job, task);
  if (conclusion === 'failure' && job.status === 'success') job.status = 'failure';
}
