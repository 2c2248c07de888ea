import { isScalar, parseDocument, visit } from 'yaml';

import type { Place } from '../../config/located.ts';
import { withoutComments } from '../registry/json-comments.ts';

/** A correction of a file: the text between two offsets becomes another. */
export interface Proposal {
  /** As the user named it. */
  readonly file: string;
  readonly place: Place;
  /** The server that it is about. */
  readonly server: string;
  /** What was wrong, for people. */
  readonly why: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** @returns the text with all corrections made; those that overlap an earlier one are left for another round. */
export function applyProposals(text: string, proposals: readonly Proposal[]): string {
  const inOrder = [...proposals].sort((a, b) => a.from - b.from);
  const apart = inOrder.filter(
    (proposal, index) => index === 0 || proposal.from >= (inOrder[index - 1]?.to ?? 0),
  );
  return apart.reduceRight((now, { from, to, text: put }) => now.slice(0, from) + put + now.slice(to), text);
}

/** @returns the offset of a place in a text; lines count from 1. */
export function offsetOf(text: string, { line, column }: Place): number {
  let offset = 0;
  for (let n = 1; n < line; n += 1) offset = text.indexOf('\n', offset) + 1;
  return offset + column - 1;
}

/** @returns the place of an offset. */
export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** Where a value stands in a YAML or JSON text, its quotes included. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly source: string;
}

/** @returns the first scalar with this value that ends after the offset; undefined where there is none. */
export function scalarAfter(text: string, offset: number, value: string | number): Span | undefined {
  let found: Span | undefined;
  visit(parseDocument(withoutComments(text)), {
    Scalar(_key, node) {
      const [from = -1, to = -1] = node.range ?? [];
      if (!isScalar(node) || to <= offset || String(node.value) !== String(value)) return undefined;
      found = { from, to, source: text.slice(from, to) };
      return visit.BREAK;
    },
  });
  return found;
}

/**
 * @returns the keys of the map whose key stands at an offset; none where no key stands there. Of a correction that
 *   renames a key the others must not have the new name.
 */
export function keysBeside(text: string, offset: number): readonly string[] {
  let keys: readonly string[] = [];
  visit(parseDocument(withoutComments(text)), {
    Map(_key, node) {
      const isHere = node.items.some(({ key }) => isScalar(key) && key.range?.[0] === offset);
      if (!isHere) return undefined;
      keys = node.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []));
      return visit.BREAK;
    },
  });
  return keys;
}

/** @returns true where a corrected text still is one that can be read. */
export const isReadable = (text: string): boolean => parseDocument(withoutComments(text)).errors.length === 0;

/** @returns a value written as another stands there: with its quotes, where it has some. */
export function inItsQuotes(source: string, value: string | number): string {
  const quote = /^["']/.exec(source)?.[0] ?? '';
  return `${quote}${value}${quote}`;
}
