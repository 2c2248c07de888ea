import { SophiaError } from '../errors.ts';
import type { Issue } from './located.ts';

/** So many at once are read; more come from one cause, or from hostility. */
const MOST_SHOWN = 100;
/** A message may quote what it found there, whole. */
const LONGEST_SHOWN = 1_000;

const shortened = (issue: Issue): Issue =>
  issue.message.length <= LONGEST_SHOWN
    ? issue
    : { ...issue, message: `${issue.message.slice(0, LONGEST_SHOWN)}...` };

/** An issue with the file that it is in. */
export const renderIssue = (file: string, issue: Issue) =>
  `${file}:${issue.place.line}:${issue.place.column}: ${issue.message}`;

/**
 * @returns one error for all that is wrong with a file, in the order of its lines, each once, the first hundred; `hint` where not
 *   the file is to blame.
 */
export function configurationError(file: string, issues: readonly Issue[], hint?: string): SophiaError {
  const sorted = issues
    .map(shortened)
    .sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  const all = new Map(sorted.map((issue) => [renderIssue(file, issue), issue]));
  const each = new Map([...all].slice(0, MOST_SHOWN));
  const more = all.size > each.size ? [`and ${all.size - each.size} more`] : [];
  return new SophiaError('configuration', {
    message: [...each.keys(), ...more].join('\n'),
    hint: hint ?? `correct ${file}; nothing has run. Its keys are described in docs/configuration.md`,
    details: { file, issues: [...each.values()].map(({ place, message }) => ({ ...place, message })) },
  });
}
