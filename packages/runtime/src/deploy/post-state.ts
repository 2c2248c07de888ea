import type { Session } from '../host/session.ts';

const DEPLOYMENT = 'deployment';
const CANCELLED = 'cancelled';
const KEPT = 'journal-kept';

/** Before anything runs: the post step must find the journal whatever happens to this process. */
export function rememberForPost({ host }: Session, deploymentId: string): void {
  host.saveState(DEPLOYMENT, deploymentId);
}

/** The post step says why it rolls back. */
export function rememberCancel({ host }: Session): void {
  host.saveState(CANCELLED, 'true');
}

/** The journal is in an artifact: the post step need not upload it again. */
export function rememberKept({ host }: Session): void {
  host.saveState(KEPT, 'true');
}

/** @returns what the main step left; an empty id where it never came so far. */
export function rememberedForPost({ host }: Session): {
  deploymentId: string;
  cancelled: boolean;
  kept: boolean;
} {
  return {
    deploymentId: host.readState(DEPLOYMENT),
    cancelled: host.readState(CANCELLED) === 'true',
    kept: host.readState(KEPT) === 'true',
  };
}
