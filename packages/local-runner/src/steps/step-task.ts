import type { Json } from '../expressions/expression-data.ts';
import type { Result } from '../run-options.ts';
import type { Origin, RunDefaults, StepModel } from '../workflow/model.ts';
import type { Execution } from './execution.ts';

/** What `steps.<id>` shows. */
export interface StepRecord {
  outputs: Record<string, string>;
  outcome: Result;
  conclusion: Result;
}

/** The steps of a job, or those of one composite action: what they see of each other. */
export interface StepScope {
  readonly origin: Origin;
  readonly steps: Record<string, StepRecord>;
  readonly inputs: { readonly [key: string]: Json };
  /** Variables of the composite step around them. */
  readonly env: Readonly<Record<string, string>>;
  /** `github.action_path` and its like, in a composite action. */
  readonly github: { readonly [key: string]: Json };
  readonly defaults: readonly RunDefaults[];
  /** Undefined for the job's own steps: their status is the job's. */
  readonly embedded: { failed: boolean } | undefined;
}

/** A stage of a step that is to be run: its main part, or what an action does before or after. */
export interface StepTask {
  readonly step: StepModel;
  readonly scope: StepScope;
  readonly stage: 'pre' | 'main' | 'post';
  readonly condition: string;
  /** `github.action` */
  readonly actionName: string;
  /** What STATE_* variables hold; shared by the stages of one step. */
  readonly state: Record<string, string>;
  readonly execute: (execution: Execution) => Promise<void>;
}
