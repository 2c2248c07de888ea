import type { RunIdentity } from '@sophia/core/report/envelope';

import type { RefHead } from '../github/git-ref.ts';

/** The file of the lock in the ref's tree. */
export const LOCK_FILE = 'lock.json';

/** The lock of an environment, in its ref. `fence` grows with every holder, also when the lock is free. */
export interface RefLock {
  readonly fence: number;
  readonly holder: LockHolder | null;
}

export interface LockHolder {
  readonly deploymentId: string;
  readonly runId: number;
  readonly attempt: number;
  readonly job: string;
  /** RUNNER_TRACKING_ID: tells the jobs of a matrix apart. */
  readonly instance: string;
  readonly actor: string;
  /** Milliseconds since 1970. Every line of the journal moves it on. */
  readonly expiresAtMs: number;
}

/** Where the ref is, as the holder of its lock knows it; moved by every write. */
export interface HeldRef {
  head: RefHead;
  readonly fence: number;
  readonly holder: LockHolder;
  readonly leaseMs: number;
}

export const FREE: RefLock = { fence: 0, holder: null };

/** @returns the lock of a file's text; a text that is no lock is free, for only its holder could have written it. */
export function parseLock(text: string): RefLock {
  try {
    const value = JSON.parse(text) as Partial<RefLock> | null;
    const fence = typeof value?.fence === 'number' ? value.fence : 0;
    const holder = value?.holder ?? null;
    return { fence, holder: holder !== null && typeof holder.expiresAtMs === 'number' ? holder : null };
  } catch {
    return FREE;
  }
}

export const renderLock = (lock: RefLock): string => `${JSON.stringify(lock)}\n`;

/** @returns why a holder may be taken over now; undefined where it may not. */
export function takeoverReason(
  holder: LockHolder,
  run: RunIdentity & { readonly instance: string },
  nowMs: number,
): string | undefined {
  if (holder.expiresAtMs <= nowMs) return `its lock expired at ${new Date(holder.expiresAtMs).toISOString()}`;
  if (holder.runId === 0 || holder.runId !== run.runId || holder.job !== run.job) return undefined;
  // A later attempt begins when the earlier one is over, and steps of a job run one after the other.
  const isEarlierStep = run.attempt === holder.attempt && run.instance === holder.instance;
  const isOver = run.attempt > holder.attempt || isEarlierStep;
  return isOver ? 'it belongs to an earlier step or attempt of this job' : undefined;
}
