import type { Json } from './expressions/expression-data.ts';
import type { Permissions } from './workflow/permissions.ts';

/** How a job or step ended. */
export type Result = 'success' | 'failure' | 'cancelled' | 'skipped';

/** What a job is, for the services that give it tokens. */
export interface JobIdentity {
  /** The job's id in its workflow file. */
  readonly id: string;
  /** Unique within the run; a UUID, as the results service knows jobs. */
  readonly backendId: string;
  readonly permissions: Permissions;
  /** The GitHub environment that the job names, if it names one. */
  readonly environment: string | undefined;
}

/** What a job may reach: variables with addresses and tokens, as GitHub's services would hand them out. */
export interface JobServices {
  /** `github.token`; masked. */
  readonly token: string;
  /** Variables of every step, e.g. GITHUB_API_URL, GITHUB_SERVER_URL; also in the `github` context. */
  readonly stepEnv: Readonly<Record<string, string>>;
  /** Variables of JavaScript actions only: ACTIONS_RESULTS_URL, ACTIONS_RUNTIME_TOKEN, ... */
  readonly actionEnv: Readonly<Record<string, string>>;
  /** ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN; set only if the job has `id-token: write`. */
  readonly idTokenEnv: Readonly<Record<string, string>>;
}

/** Gives each job its tokens; called once as the job starts. The permissions say what the token may do. */
export type OpenJob = (job: JobIdentity) => Promise<JobServices> | JobServices;

/** Facts about the run that the workflow may trust, as GitHub would fill them in. */
export interface RunContext {
  /** `owner/repo` */
  readonly repository: string;
  readonly ref: string;
  readonly actor: string;
  readonly runId: number;
  readonly runNumber: number;
  readonly attempt: number;
  /** Default: the commit of the checkout source. */
  readonly sha?: string;
  /** Of a pull request. */
  readonly headRef?: string;
  readonly baseRef?: string;
}

/** How long a cancelled process has until the next, harder signal. */
export interface CancelTiming {
  readonly interruptMs: number;
  readonly terminateMs: number;
  /** After this the job ends whatever its steps do. */
  readonly forceMs: number;
}

/** Something to show while it happens; all texts are masked. */
export type LiveEvent =
  | { readonly type: 'job-started'; readonly job: string }
  | {
      readonly type: 'job-finished';
      readonly job: string;
      readonly result: Result;
      readonly durationMs: number;
    }
  | { readonly type: 'step-started'; readonly job: string; readonly step: string }
  | {
      readonly type: 'step-finished';
      readonly job: string;
      readonly step: string;
      readonly result: Result;
      readonly durationMs: number;
    }
  | { readonly type: 'annotation'; readonly job: string; readonly annotation: Annotation }
  | { readonly type: 'line'; readonly job: string; readonly text: string };

/** What to run, where, and with what. Directories are absolute. */
export interface RunOptions {
  readonly workflowFile: string;
  readonly event: string;
  /** `github.event`; the inputs of a dispatch are added to it. */
  readonly payload?: { readonly [key: string]: Json };
  /** Of `workflow_dispatch`. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly context: RunContext;
  /** What actions/checkout checks out, and where `./.github/workflows/x.yml` is looked up. */
  readonly repositoryDirectory: string;
  /** The tree of `npm run build`: our actions, at whatever ref a workflow names. */
  readonly actionsDirectory: string;
  /** A git repository of releases: then a ref means what it says, and one that is not there is an error. */
  readonly actionsGit?: string;
  /** Default: ai-cherry/sophia-actions */
  readonly actionsRepository?: string;
  /** Gets `workflow.json`, `logs/<job>.txt`, `summaries/<job>.md`, `sarif/`, `attestations/`. */
  readonly outDirectory: string;
  /** Workspaces and temporary folders; default: a new folder in the system's, removed at the end. */
  readonly workDirectory?: string;
  /** The Node that runs JavaScript actions; default: this one. */
  readonly nodePath?: string;
  /** What steps inherit; default: a few harmless variables of this process (see base-environment.ts). */
  readonly environment?: Readonly<Record<string, string>>;
  readonly openJob?: OpenJob;
  /** Aborted: the run is cancelled as GitHub cancels one. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: LiveEvent) => void;
  /** Jobs at a time; default: cores + 1. */
  readonly maxParallel?: number;
  readonly cancelTiming?: CancelTiming;
}

/** A message of a step for the run's page. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
}

export interface StepResult {
  readonly name: string;
  /** The conclusion: a failure under continue-on-error is a success. */
  readonly result: Result;
  /** What happened before continue-on-error was applied. */
  readonly outcome: Result;
  readonly durationMs: number;
}

export interface JobResult {
  readonly id: string;
  readonly name: string;
  /** Ids of the jobs through which reusable workflows were called, outermost first. */
  readonly callers: readonly string[];
  readonly result: Result;
  /** ISO 8601, UTC; null for a job that never started. */
  readonly startedAt: string | null;
  readonly durationMs: number;
  readonly steps: readonly StepResult[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly Annotation[];
  readonly environment: { readonly name: string; readonly url: string } | null;
  /** Relative to the out directory. */
  readonly log: string | null;
}

/** `workflow.json` */
export interface WorkflowResult {
  readonly event: string;
  readonly name: string;
  readonly runName: string;
  readonly result: Result;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly jobs: readonly JobResult[];
}
