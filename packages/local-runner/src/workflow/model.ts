import type { Permissions } from './permissions.ts';
import type { Position } from './problems.ts';
import type { TemplateToken } from './tokens.ts';

/** Whose file it is: decides what `$/name` and `./.github/workflows/x.yml` mean in it. */
export type Origin = 'repository' | `actions:${string}`;

/** A shell script of a step. */
export interface ScriptCall {
  readonly kind: 'run';
  readonly script: TemplateToken;
  readonly shell: TemplateToken | undefined;
  readonly workingDirectory: TemplateToken | undefined;
}

/** An action that a step calls. */
export interface ActionCall {
  readonly kind: 'uses';
  readonly uses: string;
  readonly with: TemplateToken | undefined;
}

/** A step of a job or of a composite action; tokens are evaluated when it runs. */
export interface StepModel {
  readonly at: Position;
  readonly id: string | undefined;
  readonly name: TemplateToken | undefined;
  /** An expression that always has a status function. */
  readonly condition: string;
  readonly env: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
  readonly timeoutMinutes: TemplateToken | undefined;
  readonly call: ScriptCall | ActionCall;
}

/** `defaults.run` of a workflow or job. */
export interface RunDefaults {
  readonly shell: TemplateToken | undefined;
  readonly workingDirectory: TemplateToken | undefined;
}

interface JobBase {
  readonly id: string;
  readonly at: Position;
  readonly name: TemplateToken | undefined;
  readonly needs: readonly string[];
  readonly condition: string;
  readonly permissions: Permissions | undefined;
  readonly concurrency: TemplateToken | undefined;
  readonly strategy: TemplateToken | undefined;
}

/** A job that runs steps on this machine. */
export interface StepsJob extends JobBase {
  readonly kind: 'steps';
  readonly runsOn: TemplateToken;
  readonly timeoutMinutes: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
  readonly env: TemplateToken | undefined;
  readonly environment: TemplateToken | undefined;
  readonly outputs: TemplateToken | undefined;
  readonly defaults: RunDefaults;
  readonly steps: readonly StepModel[];
}

/** A job that calls a reusable workflow. */
export interface CallJob extends JobBase {
  readonly kind: 'call';
  readonly uses: string;
  readonly with: TemplateToken | undefined;
  readonly secrets: TemplateToken | 'inherit' | undefined;
}

export type JobModel = StepsJob | CallJob;

/** An input of `workflow_dispatch` or `workflow_call`. */
export interface InputModel {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: TemplateToken | undefined;
  readonly options: readonly string[];
}

/** What a reusable workflow takes and gives. */
export interface CallInterface {
  readonly inputs: readonly InputModel[];
  readonly secrets: readonly { readonly name: string; readonly required: boolean }[];
  readonly outputs: readonly { readonly name: string; readonly value: TemplateToken }[];
}

/** A whole workflow file. */
export interface WorkflowModel {
  readonly file: string;
  readonly origin: Origin;
  readonly name: string;
  readonly runName: TemplateToken | undefined;
  readonly events: readonly string[];
  readonly dispatchInputs: readonly InputModel[];
  readonly call: CallInterface | undefined;
  readonly env: TemplateToken | undefined;
  readonly defaults: RunDefaults;
  readonly permissions: Permissions | undefined;
  readonly concurrency: TemplateToken | undefined;
  readonly jobs: readonly JobModel[];
}
