/** The five actions; a report's `kind` is its action's name (contract, section 6). */
export const ACTION_NAMES = [
  'esc-setup',
  'health-gate',
  'mcp-orchestrate',
  'deploy-phase',
  'pr-report',
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

/** Verdicts that every action has, and those that only some have (contract, section 3). */
export type ReportStatus =
  | 'success'
  | 'warning'
  | 'failure'
  | 'inconclusive'
  | 'rolled-back'
  | 'rollback-failed'
  | 'cancelled'
  | 'planned';

export type ItemStatus = 'success' | 'warning' | 'failure' | 'skipped';
export type Severity = 'critical' | 'warning' | 'info';

/** Why an item failed (contract, section 4). */
export type Category =
  | 'configuration'
  | 'dns'
  | 'refused'
  | 'timeout'
  | 'tls'
  | 'unauthorized'
  | 'forbidden'
  | 'billing'
  | 'rate-limited'
  | 'not-found'
  | 'server-error'
  | 'protocol'
  | 'assertion'
  | 'runner';

/** One secret, check, step (named `phase/step`) or server. */
export interface ReportItem {
  readonly name: string;
  readonly kind: string;
  readonly status: ItemStatus;
  readonly severity: Severity;
  readonly durationMs: number;
  readonly attempts: number;
  readonly category: Category | null;
  readonly message: string;
  /** What to do next; empty for an item that is well. */
  readonly hint: string;
  /** The item whose failure explains this one; this one is then `skipped`. */
  readonly foldedUnder: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The run that a report belongs to; foreign `sha` or `runId` is never counted by pr-report. */
export interface RunIdentity {
  readonly repository: string;
  readonly sha: string;
  readonly runId: number;
  readonly attempt: number;
  readonly job: string;
  readonly actor: string;
  /** The event that started the run, such as `push`; empty at a terminal. */
  readonly event: string;
  readonly ref: string;
}

/** The one document that each action writes (contract, section 5). */
export interface Report {
  readonly schema: 'sophia-report/1';
  readonly kind: ActionName;
  readonly status: ReportStatus;
  readonly environment: string;
  readonly deploymentId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly run: RunIdentity;
  readonly items: readonly ReportItem[];
  readonly metrics: Readonly<Record<string, number>>;
  /** One line that says what happened, for people. */
  readonly summary: string;
  /** What only this kind has; the renderers of that kind read it. */
  readonly details: Readonly<Record<string, unknown>>;
}
