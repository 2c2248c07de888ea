import type { EventBody } from '@sophia/core/deploy/event';
import type { DeploymentState } from '@sophia/core/deploy/state';

/** A deployment's record outside of its journal, for people: GitHub's list of deployments. */
export interface DeploymentRecord {
  /** Never waits and never fails: the deployment does not depend on its record. */
  update(event: EventBody, state: DeploymentState): void;
  /** The last word, with the journal's head; waits a bounded time. */
  close(end: {
    readonly state: DeploymentState;
    readonly head: string;
    readonly cancelled: boolean;
  }): Promise<void>;
}

/** No record at all: a terminal, or a job without a token. */
export const noRecord: DeploymentRecord = { update: () => undefined, close: () => Promise.resolve() };
