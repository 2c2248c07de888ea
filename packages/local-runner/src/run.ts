import type { Slots } from './jobs/slots.ts';
import type { ConcurrencyGroups } from './jobs/concurrency-groups.ts';
import type { Json } from './expressions/expression-data.ts';
import type { CancelTiming, OpenJob, RunContext, RunOptions } from './run-options.ts';
import type { CheckoutSource } from './checkout-source.ts';
import type { Plan } from './workflow/load-plan.ts';
import type { Places } from './workflow/resolve-uses.ts';

/** One run of a workflow: everything that its jobs share. */
export interface Run {
  readonly plan: Plan;
  readonly places: Places;
  readonly event: string;
  readonly payload: { readonly [key: string]: Json };
  readonly context: Required<RunContext>;
  readonly source: CheckoutSource;
  readonly vars: Readonly<Record<string, string>>;
  /** Values that every job masks, whichever secrets it is given. */
  readonly allSecrets: readonly string[];
  readonly outDirectory: string;
  readonly workDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly nodePath: string;
  readonly openJob: OpenJob;
  readonly timing: CancelTiming;
  readonly slots: Slots;
  readonly groups: ConcurrencyGroups;
  /** The keys of the jobs that have begun, in lower case. */
  readonly keys: Set<string>;
  readonly signal: AbortSignal;
  readonly onEvent: NonNullable<RunOptions['onEvent']>;
}
