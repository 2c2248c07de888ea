import type { Category } from '../report/envelope.ts';

/**
 * Only after these can a second attempt help (contract, section 4). A refused login is never tried again: repeated
 * bad logins lock an account.
 */
const RETRYABLE: ReadonlySet<Category> = new Set([
  'dns',
  'refused',
  'timeout',
  'server-error',
  'rate-limited',
]);

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/** @returns true where a second attempt may find something else. */
export const isRetryable = (category: Category) => RETRYABLE.has(category);

/** What is known when an attempt has failed. */
export interface RetryQuestion {
  readonly category: Category;
  /** Attempts so far, from 1. */
  readonly attempts: number;
  readonly retries: number;
  /** What the service asked for (`retry-after`). */
  readonly retryAfterMs?: number | undefined;
  /** Until the gate's deadline. */
  readonly remainingMs: number;
  /** 0 to 1, by chance. */
  readonly random: number;
}

/**
 * Back-off with full jitter over its upper half: 125-250 ms, 250-500 ms, ... at most 5 s, or what the service asked
 * for where that is longer.
 *
 * @returns how long to wait before the next attempt; undefined where there is none
 */
export function planRetry(question: RetryQuestion): number | undefined {
  const { category, attempts, retries, retryAfterMs = 0, remainingMs, random } = question;
  if (!isRetryable(category) || attempts > retries) return undefined;
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1));
  const delayMs = Math.max(retryAfterMs, ceiling * (0.5 + random / 2));
  return delayMs < remainingMs ? delayMs : undefined;
}

/**
 * @returns milliseconds that a `retry-after` header asks for: seconds, or a date (RFC 9110, 10.2.3); undefined where
 *   it says nothing that can be read
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
