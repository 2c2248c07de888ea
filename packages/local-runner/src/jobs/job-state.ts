import type { Json } from '../expressions/expression-data.ts';
import type { Annotation, JobServices, StepResult } from '../run-options.ts';
import type { Run } from '../run.ts';
import type { Masks } from '../steps/masks.ts';
import type { StepTask } from '../steps/step-task.ts';
import type { StepsJob, WorkflowModel } from '../workflow/model.ts';
import type { Permissions } from '../workflow/permissions.ts';
import type { JobCancel } from './job-cancel.ts';
import type { JobLog } from './job-log.ts';

/** Where a job works; absolute paths. */
export interface JobDirectories {
  readonly root: string;
  readonly workspace: string;
  readonly temp: string;
  readonly toolCache: string;
}

/** A job that is running. Its mutable parts are what steps change for the steps after them. */
export interface JobState {
  readonly run: Run;
  readonly model: StepsJob;
  readonly workflow: WorkflowModel;
  /** Unique within the run, also as a file name. */
  readonly key: string;
  readonly backendId: string;
  readonly trackingId: string;
  readonly permissions: Permissions;
  readonly services: JobServices;
  readonly directories: JobDirectories;
  readonly masks: Masks;
  readonly log: JobLog;
  readonly cancel: JobCancel;
  readonly debug: boolean;
  /** Contexts that stay as they are for the whole job. */
  readonly fixed: {
    readonly github: { readonly [key: string]: Json };
    readonly secrets: { readonly [key: string]: Json };
    readonly inputs: { readonly [key: string]: Json };
    readonly needs: { readonly [key: string]: Json };
    readonly matrix: { readonly [key: string]: Json };
    readonly strategy: { readonly [key: string]: Json };
    readonly runner: { readonly [key: string]: Json };
  };
  status: 'success' | 'failure' | 'cancelled';
  /** `env` of workflow and job, then what steps wrote to GITHUB_ENV. */
  readonly env: Record<string, string>;
  /** What steps wrote to GITHUB_PATH; the last comes first in PATH. */
  readonly paths: string[];
  readonly results: StepResult[];
  readonly annotations: Annotation[];
  readonly summaries: string[];
  readonly posts: StepTask[];
  /** How often a generated `github.action` name was given. */
  readonly actionNames: Map<string, number>;
}
