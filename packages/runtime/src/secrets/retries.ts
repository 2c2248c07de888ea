import { SophiaError } from '@sophia/core/errors';

import type { Clock } from '../ports/clock.ts';
import type { Attempted } from './cloud-failure.ts';

/** Attempts after the first, and the time that all attempts of a run share (issue 4). */
const RETRIES = 4;
const RETRY_BUDGET_MS = 60_000;

/** Back-off of the first retry; it doubles, and each wait is a random part of its upper half. */
const FIRST_BACKOFF_MS = 500;

/** Until when, on which clock, and what ends the waiting. */
export interface RetryBudget {
  readonly clock: Clock;
  /** On the monotonic clock. */
  readonly endsAtMs: number;
  readonly signal: AbortSignal;
}

/** @returns a budget that starts now. */
export const startBudget = (clock: Clock, signal: AbortSignal): RetryBudget => ({
  clock,
  endsAtMs: clock.monotonicMs() + RETRY_BUDGET_MS,
  signal,
});

/** @returns how long to wait before a retry: a random part of a doubling back-off, or longer where the service asks. */
export function waitMs(retry: number, retryAfterMs: number | undefined, chance: number): number {
  return Math.max(retryAfterMs ?? 0, Math.round(FIRST_BACKOFF_MS * 2 ** (retry - 1) * (0.5 + chance / 2)));
}

/**
 * Asks until there is an answer that lasts: at most four more times, and only within the budget.
 *
 * @throws SophiaError the last failure, with the number of attempts; `cancelled` where the signal ended it
 */
export async function withRetries<T>(
  { clock, endsAtMs, signal }: RetryBudget,
  attempt: () => Promise<Attempted<T>>,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    throwIfCancelled(signal);
    const result = await attempt();
    if ('value' in result) return result.value;
    throwIfCancelled(signal);
    const { error, transient, retryAfterMs } = result.failure;
    const pause = waitMs(attempts, retryAfterMs, Math.random());
    const fits = clock.monotonicMs() + pause < endsAtMs;
    if (!transient || attempts > RETRIES || !fits) throw counted(error, attempts);
    await clock.sleep(pause, signal);
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new SophiaError('cancelled', {
    message: 'the run was cancelled: nothing was exported',
    hint: 'start it again',
  });
}

function counted(error: SophiaError, attempts: number): SophiaError {
  if (attempts === 1) return error;
  return new SophiaError(error.code, {
    message: `${error.message} (${attempts} attempts)`,
    hint: error.hint,
    details: { ...error.details, attempts },
  });
}
