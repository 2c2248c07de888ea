import type { Session } from '../host/session.ts';
import type { StepServices, Verdict } from './acts.ts';

/** From the end of one round of checks to the next. */
const PAUSE_MS = 10_000;
/** A short watch looks at least so often. */
const LEAST_ROUNDS = 5;

export interface WatchRequest {
  readonly session: Session;
  readonly services: StepServices;
  readonly durationMs: number;
  /** None: only waits. */
  readonly checks: 'all' | readonly string[];
  readonly signal: AbortSignal;
}

/** Runs checks again and again. @returns the first verdict that is red, or the last one when the time is up */
export async function watchChecks(request: WatchRequest): Promise<Verdict> {
  const { session, services, durationMs, checks, signal } = request;
  const { clock } = session.host;
  if (checks.length === 0) {
    await clock.sleep(durationMs, signal);
    return { ok: !signal.aborted, category: null, message: signal.aborted ? 'stopped' : '' };
  }
  const endMs = clock.monotonicMs() + durationMs;
  for (;;) {
    const verdict = await services.runChecks(checks, signal);
    const leftMs = endMs - clock.monotonicMs();
    if (!verdict.ok || leftMs <= 0 || signal.aborted) return verdict;
    await clock.sleep(Math.min(PAUSE_MS, durationMs / LEAST_ROUNDS, leftMs), signal);
  }
}
