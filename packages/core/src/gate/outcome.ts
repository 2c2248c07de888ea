import type { Category } from '../report/envelope.ts';

/** Why a probe failed, in one line each: `message` without the check's name, `hint` with what to do next. */
export interface Fault {
  readonly category: Category;
  readonly message: string;
  readonly hint: string;
}

type Details = Readonly<Record<string, unknown>>;

/** What one attempt of one probe found. A `warned` one passed, and has something that a person should see. */
export type ProbeResult =
  | { readonly outcome: 'passed'; readonly message: string; readonly details: Details }
  | ({ readonly outcome: 'warned'; readonly details: Details } & Fault)
  | ({ readonly outcome: 'failed'; readonly details: Details; readonly retryAfterMs?: number } & Fault);

/** @returns the result of a probe that found all well. */
export const passed = (message: string, details: Details = {}): ProbeResult => ({
  outcome: 'passed',
  message,
  details,
});

/** @returns the result of a probe that passed, with something to see to before it becomes a failure. */
export const warned = (fault: Fault, details: Details = {}): ProbeResult => ({
  outcome: 'warned',
  ...fault,
  details,
});

/** @returns the result of a probe that failed. */
export const failed = (fault: Fault, details: Details = {}, retryAfterMs?: number): ProbeResult => ({
  outcome: 'failed',
  ...fault,
  details,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
