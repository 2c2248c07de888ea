import type { Category } from '../report/envelope.ts';

/** The states of a server in the fleet (contract, section 5). */
export type StateName =
  'pending' | 'starting' | 'healthy' | 'degraded' | 'crashed' | 'failed' | 'blocked' | 'stopped';

/** Why a server is not well. */
export interface ServerFault {
  readonly category: Category;
  readonly message: string;
  readonly hint: string;
}

/** What is known of a server; all times are milliseconds since 1970. */
export interface ServerStatus {
  readonly state: StateName;
  /** The need that blocks or degrades it. */
  readonly because: string | null;
  /** The last fault; kept after a recovery until the server is well again. */
  readonly fault: ServerFault | null;
  /** `ending`: it was told to go, and has not gone yet. */
  readonly process: 'none' | 'running' | 'ending';
  /** What it is meant to become once its process has ended. */
  readonly wanted: 'up' | 'down' | 'again';
  /** Times it was spawned; all but the first of them are restarts. */
  readonly attempts: number;
  readonly restarts: number;
  /** When it was restarted, as far as its window reaches. */
  readonly restartTimesMs: readonly number[];
  /** Probes in a row that it did not answer. */
  readonly misses: number;
  readonly firstSpawnedAtMs: number | null;
  readonly spawnedAtMs: number | null;
  /** Of the last start that ended well. */
  readonly readyMs: number | null;
  readonly crashedAtMs: number | null;
  /** When it was given up; kept until it is healthy. */
  readonly failedAtMs: number | null;
  /** How long each recovery took, from the crash until it was healthy again. */
  readonly recoveriesMs: readonly number[];
}

/** A server before its first start. */
export const freshStatus: ServerStatus = {
  state: 'pending',
  because: null,
  fault: null,
  process: 'none',
  wanted: 'up',
  attempts: 0,
  restarts: 0,
  restartTimesMs: [],
  misses: 0,
  firstSpawnedAtMs: null,
  spawnedAtMs: null,
  readyMs: null,
  crashedAtMs: null,
  failedAtMs: null,
  recoveriesMs: [],
};

/** The first restart comes soon, so that a killed server is back within its own start + 300 ms. */
export const FIRST_BACKOFF_MS = 100;
export const LONGEST_BACKOFF_MS = 30_000;

/**
 * Exponential back-off with jitter over its upper half.
 *
 * @param restarts restarts within the window until now
 * @param jitter from 0 to 1
 */
export function backoffMs(restarts: number, jitter: number): number {
  const full = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** restarts);
  return Math.round(full * (0.5 + jitter / 2));
}

/** One unanswered probe may be an accident; after this many in a row the server hangs and is killed. */
export const MISSES_UNTIL_KILLED = 2;
