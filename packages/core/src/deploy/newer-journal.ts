import { verifyJournal } from './verify-journal.ts';

/** How two copies of one deployment's journal stand to each other. */
export type JournalOrder = 'same' | 'first-is-newer' | 'second-is-newer' | 'diverged';

/**
 * Compares two copies of a journal by their chains: one that begins with all of the other is the newer. Copies of which
 * each has lines of its own were written by two runs at once.
 *
 * @param first the text of an intact or torn journal, as is `second`
 */
export function compareJournals(first: string, second: string): JournalOrder {
  const [a, b] = [chainOf(first), chainOf(second)];
  const shared = Math.min(a.length, b.length);
  if (a[shared - 1] !== b[shared - 1]) return 'diverged';
  if (a.length === b.length) return 'same';
  return a.length > b.length ? 'first-is-newer' : 'second-is-newer';
}

/** The hash of each line, in order: a line's is the next one's `prev`, the last one's is the head. */
function chainOf(text: string): readonly string[] {
  const verdict = verifyJournal(text);
  if (!('events' in verdict)) return [];
  return [...verdict.events.slice(1).map(({ prev }) => prev), verdict.head.hash];
}
