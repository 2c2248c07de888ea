import type { ReportItem } from './envelope.ts';

/**
 * @returns what an item has to say, in parts: its message and its hint. A folded one names its cause, once, and has no
 *   hint: that would only say to look there, where the real one stands.
 */
export function itemWords({
  foldedUnder,
  message,
  hint,
}: Pick<ReportItem, 'foldedUnder' | 'message' | 'hint'>): readonly string[] {
  if (foldedUnder === null) return [message, hint].filter((part) => part !== '');
  if (message === '') return [`because of ${foldedUnder}`];
  const isNamed = message.split(/[\s"'`,;:()]+/).includes(foldedUnder);
  return [isNamed ? message : `because of ${foldedUnder}: ${message}`];
}
