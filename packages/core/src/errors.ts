/**
 * Every way in which a program of ours can refuse to go on. A failing check, step or server is not among
 * them: that is a value with a {@link import('./report/envelope.ts').Category}.
 *
 * - `usage`: the command line or an input is wrong; nothing has run
 * - `configuration`: the configuration file is wrong; nothing has run
 * - `trust`: the event or its origin may not do this (a fork, a pull request)
 * - `unsupported`: this version does not do it, and says so
 * - `unauthorized`, `forbidden`, `not-found`, `rate-limited`, `unavailable`, `protocol`: a service's answer
 * - `requirements`: a required secret or variable does not hold
 * - `state`: what is on disk or in the journal does not allow it
 * - `environment`: this machine lacks something (a program, a file, space)
 * - `cancelled`: the run was cancelled
 */
export type ErrorCode =
  | 'usage'
  | 'configuration'
  | 'trust'
  | 'unsupported'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'rate-limited'
  | 'unavailable'
  | 'protocol'
  | 'requirements'
  | 'state'
  | 'environment'
  | 'cancelled';

/** What an error is made of: `hint` says what to do next, `details` what a program may read. */
export interface ErrorParts {
  readonly message: string;
  readonly hint: string;
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error type. Anything else that is thrown is a bug of ours. */
export class SophiaError extends Error {
  override readonly name = 'SophiaError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.hint = parts.hint;
    this.details = parts.details ?? {};
  }
}

/** @returns the message of anything that was thrown, never its stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
