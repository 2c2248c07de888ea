import type { DeploymentState } from '@sophia/core/deploy/state';

/** A deployment's record outside of its journal, for people: GitHub's list of deployments. */
export interface DeploymentRecord {
  /** The last word, with the journal's head; waits a bounded time and never fails. */
  close(end: {
    readonly state: DeploymentState;
    readonly head: string;
    readonly cancelled: boolean;
  }): Promise<void>;
}

/** No record at all: a terminal, or a job without a token. */
export const noRecord: DeploymentRecord = { close: () => Promise.resolve() };
