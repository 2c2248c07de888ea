import { SophiaError } from '@sophia/core/errors';
import type { ErrorCode } from '@sophia/core/errors';

/** Why a request did not get what it asked for, and whether the same request may fare better later. */
export interface CloudFailure {
  readonly error: SophiaError;
  readonly transient: boolean;
  /** What the service asked to wait. */
  readonly retryAfterMs?: number;
}

/** What a request came to. */
export type Attempted<T> = { readonly value: T } | { readonly failure: CloudFailure };

/** The parts of a failure that each of them has. */
interface Words {
  readonly message: string;
  readonly hint: string;
}

/** A failure that the next attempt would meet again. */
export const lasting = (code: ErrorCode, words: Words): { readonly failure: CloudFailure } => ({
  failure: { error: new SophiaError(code, words), transient: false },
});

/** A failure that may pass: the service is busy, down, or out of reach. */
export const passing = (
  code: ErrorCode,
  words: Words,
  retryAfterMs?: number,
): { readonly failure: CloudFailure } => ({
  failure: {
    error: new SophiaError(code, words),
    transient: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  },
});
