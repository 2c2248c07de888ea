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
  /** True where every line is safe. */
  readonly isFlushed: boolean;
  /** @throws SophiaError `environment` where the line cannot be written */
  append(body: EventBody): Promise<JournalEvent>;
  /**
   * Resolves when every line is safe: only then what they announce may begin.
   *
   * @throws SophiaError `environment`; `state` where another run has taken the journal over
   */
  flush(): Promise<void>;
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

/** The right to deploy to an environment, held by one run at a time. */
export interface EnvironmentLock {
  /** The holder whose lock was taken over, and why that was right. */
  readonly takenFrom: { readonly deploymentId: string; readonly reason: string } | undefined;
  /** Never fails: a lock that is left behind is taken over or expires. */
  release(): Promise<void>;
}

export interface LockRequest {
  readonly environment: string;
  readonly deploymentId: string;
  /** After so long without a sign of life the holder counts as dead, where nobody can look for it. */
  readonly leaseMs: number;
}

/** The journals of the deployments of one environment. */
export interface JournalStore {
  /** @throws SophiaError `state` where another deployment holds it */
  lock(request: LockRequest): Promise<EnvironmentLock>;
  /** @throws SophiaError `state` where the journal is broken */
  find(deploymentId: string): Promise<KnownDeployment | undefined>;
  /** Every deployment of the environment, the newest first; broken journals are left out and warned of. */
  list(environment: string): Promise<readonly KnownDeployment[]>;
  /** The caller holds the lock, here as for `reopen`. */
  create(started: DeploymentStarted): Promise<OpenJournal>;
  reopen(deploymentId: string): Promise<OpenJournal>;
}
