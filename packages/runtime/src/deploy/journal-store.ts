import type { DeploymentStarted, EventBody, JournalEvent } from '@sophia/core/deploy/event';
import type { DeploymentState } from '@sophia/core/deploy/state';
import type { JournalHead } from '@sophia/core/deploy/chain-event';

/** A journal that is being written; whoever has it holds the environment's lock. */
export interface OpenJournal {
  /** Where it is, for people. */
  readonly path: string;
  readonly events: readonly JournalEvent[];
  readonly head: JournalHead;
  /** The torn line that was dropped when it was opened. */
  readonly dropped: { readonly bytes: number; readonly sha256: string } | null;
  /** Resolves when the line is safe: only then what it announces may begin. @throws SophiaError `environment` */
  append(body: EventBody): Promise<JournalEvent>;
  close(): Promise<void>;
}

/** What is known of one deployment without opening its journal for writing. */
export interface KnownDeployment {
  readonly id: string;
  readonly startedAt: string;
  readonly state: DeploymentState;
  readonly events: readonly JournalEvent[];
  readonly path: string;
}

/** The journals of the deployments of one environment. */
export interface JournalStore {
  /** Such as `file`. */
  readonly kind: string;
  /** @throws SophiaError `state` where the journal is broken */
  find(deploymentId: string): Promise<KnownDeployment | undefined>;
  /** Every deployment of the environment, the newest first; broken journals are left out and warned of. */
  list(environment: string): Promise<readonly KnownDeployment[]>;
  create(started: DeploymentStarted): Promise<OpenJournal>;
  reopen(deploymentId: string): Promise<OpenJournal>;
}
