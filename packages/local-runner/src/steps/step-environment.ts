import { delimiter } from 'node:path';
import { githubVariables } from '../jobs/github-context.ts';
import type { JobState } from '../jobs/job-state.ts';
import { TRACKING_VARIABLE } from '../process/reap-processes.ts';
import type { Execution } from './execution.ts';

function runnerVariables(job: JobState): Record<string, string> {
  const entries = Object.entries(job.fixed.runner).map(([key, value]) => [
    `RUNNER_${key.toUpperCase()}`,
    String(value),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function fileVariables(execution: Execution): Record<string, string> {
  const { files } = execution;
  return {
    GITHUB_OUTPUT: files.output,
    GITHUB_ENV: files.env,
    GITHUB_PATH: files.path,
    GITHUB_STATE: files.state,
    GITHUB_STEP_SUMMARY: files.summary,
  };
}

/** Where a folder was added twice its last addition counts. */
function pathOf(job: JobState, own: string | undefined): string {
  return [...job.paths]
    .reverse()
    .concat(own ?? '')
    .filter((part) => part !== '')
    .join(delimiter);
}

/**
 * The variables of a step's program, as the runner sets them: the machine's, the workflow's, and over these
 * what belongs to the runner, which no workflow can change.
 */
export function stepEnvironment(execution: Execution): Record<string, string> {
  const { job, env } = execution;
  const github = execution.scope.contexts['github'] as JobState['fixed']['github'];
  return {
    ...job.run.environment,
    CI: 'true',
    ...env,
    PATH: pathOf(job, env['PATH'] ?? job.run.environment['PATH']),
    GITHUB_ACTIONS: 'true',
    ...githubVariables(github),
    ...job.services.stepEnv,
    ...job.services.idTokenEnv,
    ...runnerVariables(job),
    ...fileVariables(execution),
    [TRACKING_VARIABLE]: job.trackingId,
  };
}

/** The same for JavaScript actions, which also reach the results and cache services. */
export function actionEnvironment(
  execution: Execution,
  inputs: Readonly<Record<string, string>>,
): Record<string, string> {
  const inputVariables = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
    value,
  ]);
  const stateVariables = Object.entries(execution.task.state).map(([name, value]) => [
    `STATE_${name}`,
    value,
  ]);
  return {
    ...stepEnvironment(execution),
    ...execution.job.services.actionEnv,
    ...(Object.fromEntries([...inputVariables, ...stateVariables]) as Record<string, string>),
  };
}
