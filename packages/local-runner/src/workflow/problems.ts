import type { TokenRange } from '@actions/workflow-parser/templates/tokens/token-range';
import { SophiaError } from '@sophia/core/errors';

/** A place in a file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something in a workflow or action file that this runner refuses. */
export interface Problem extends Position {
  readonly message: string;
}

/** @returns the problem at the start of a range, or of the file where the library knows none. */
export function problemAt(file: string, range: TokenRange | undefined, message: string): Problem {
  return { file, line: range?.start.line ?? 1, column: range?.start.column ?? 1, message };
}

/** @returns `file:line:column`, the form that terminals and editors link. */
const renderPosition = (at: Position): string => `${at.file}:${at.line}:${at.column}`;

/** All problems of all files as one error: the user mends them in one go, and nothing has run. */
export function problemsError(problems: readonly Problem[]): SophiaError {
  const sorted = [...problems].sort(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  );
  const lines = sorted.map((problem) => `${renderPosition(problem)}: ${problem.message}`);
  return new SophiaError('configuration', {
    message: [...new Set(lines)].join('\n'),
    hint: 'mend the places named above; packages/local-runner/README.md lists what the local runner supports',
    details: { problems: sorted },
  });
}
