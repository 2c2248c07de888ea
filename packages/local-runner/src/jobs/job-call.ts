import type { Scope } from '../expressions/evaluate.ts';
import type { Run } from '../run.ts';
import type { StepsJob, WorkflowModel } from '../workflow/model.ts';
import type { Permissions } from '../workflow/permissions.ts';
import { runGithubContext } from './github-context.ts';
import type { JobCancel } from './job-cancel.ts';
import type { JobState } from './job-state.ts';

/** One job that is to run: a model with the values that were decided before it started. */
export interface JobCall {
  readonly run: Run;
  readonly model: StepsJob;
  readonly workflow: WorkflowModel;
  readonly callers: readonly string[];
  /** Unique within the run. */
  readonly key: string;
  readonly name: string;
  readonly permissions: Permissions;
  readonly secrets: Readonly<Record<string, string>>;
  readonly inputs: JobState['fixed']['inputs'];
  readonly needs: JobState['fixed']['needs'];
  readonly matrix: JobState['fixed']['matrix'];
  readonly strategy: JobState['fixed']['strategy'];
  readonly cancel: JobCancel;
}

/** What expressions of a job see before its first step: no steps, no token, no folders. */
export function scopeBeforeSteps(call: JobCall): Scope {
  const { run, secrets, inputs, needs, matrix, strategy } = call;
  const github = { ...runGithubContext(run), job: call.model.id };
  return { contexts: { github, vars: run.vars, secrets, inputs, needs, matrix, strategy } };
}
