import { SophiaError } from '@sophia/core/errors';

/** Kinds of history that may come; as folders they would be mistaken for what they are not. */
const NOT_YET = new Set(['artifact', 'git-ref']);

/**
 * @returns the folder of the input `history`, or undefined where none is kept
 * @throws SophiaError `unsupported`
 */
export function historyFolder(history: string): string | undefined {
  if (history === '' || history === 'none') return undefined;
  if (!NOT_YET.has(history)) return history;
  throw new SophiaError('unsupported', {
    message: `this version of pr-report keeps its history in a folder, not as "${history}"`,
    hint: 'name a folder, such as one of a checked-out gh-pages branch, and commit it in a later step',
  });
}
