import { SophiaError } from '@sophia/core/errors';

/** The exit codes of `sophia` (contract, section 7). */
export const EXIT = { passes: 0, fails: 1, usage: 2, bug: 70, interrupted: 130 } as const;

const USAGE_CODES = new Set(['usage', 'configuration', 'unsupported']);

/** @returns the exit code for something that was thrown. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof SophiaError)) return EXIT.bug;
  if (error.code === 'cancelled') return EXIT.interrupted;
  return USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.fails;
}
