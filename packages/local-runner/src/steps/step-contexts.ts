import type { Scope, StatusAnswers } from '../expressions/evaluate.ts';
import type { Json } from '../expressions/expression-data.ts';
import type { JobState } from '../jobs/job-state.ts';
import type { StepScope, StepTask } from './step-task.ts';

function statusOf(job: JobState, scope: StepScope): StatusAnswers {
  const { embedded } = scope;
  return {
    // Within a composite action both speak of its own steps, as `github.action_status` does.
    success: () => (embedded ? !embedded.failed && job.status !== 'cancelled' : job.status === 'success'),
    failure: () => (embedded ? embedded.failed : job.status === 'failure'),
    cancelled: job.status === 'cancelled',
  };
}

function stepsContext(scope: StepScope): Json {
  return Object.fromEntries(Object.entries(scope.steps).map(([id, record]) => [id, { ...record }]));
}

/** What the expressions of a step see at this moment. */
export function stepExpressionScope(
  job: JobState,
  scope: StepScope,
  env: Readonly<Record<string, string>>,
): Scope {
  const { fixed } = job;
  return {
    contexts: {
      github: {
        ...fixed.github,
        ...scope.github,
        action_status: scope.embedded?.failed ? 'failure' : 'success',
      },
      env,
      vars: job.run.vars,
      secrets: fixed.secrets,
      inputs: scope.inputs,
      needs: fixed.needs,
      steps: stepsContext(scope),
      strategy: fixed.strategy,
      matrix: fixed.matrix,
      job: { status: job.status },
      runner: fixed.runner,
    },
    status: statusOf(job, scope),
    workspace: job.directories.workspace,
  };
}

/** What the expressions of one stage of a step see: the same, and its own name. */
export function taskExpressionScope(
  job: JobState,
  task: StepTask,
  env: Readonly<Record<string, string>>,
): Scope {
  const github = { ...task.scope.github, action: task.actionName };
  return stepExpressionScope(job, { ...task.scope, github }, env);
}
