import type { Place } from './diagnostic.ts';
import { textWidth } from './source-positions.ts';
import type { StringNode, SyntaxNode } from './syntax-node.ts';

/**
 * @returns the place of a piece of a string, from offset `start` to `end` of its value. Only plain strings stand
 * in the source as they are; for all others it is the place of the whole node, as in Pulumi ESC.
 */
export function placeInside(
  node: SyntaxNode,
  piece: { readonly start: number; readonly end: number },
): Place {
  if (node.kind !== 'string' || !node.plain) return node;
  const { environment, begin } = node.range;
  const columnOf = (offset: number) => begin.column + widthBefore(node, offset);
  return {
    path: node.path,
    range: {
      environment,
      begin: { line: begin.line, column: columnOf(piece.start) },
      end: { line: begin.line, column: columnOf(piece.end) },
    },
  };
}

/** Widths before each offset of a string that is not ASCII; `null` for one that is, where both are the same. */
const widths = new WeakMap<StringNode, Uint32Array | null>();

function widthBefore(node: StringNode, offset: number): number {
  let known = widths.get(node);
  if (known === undefined) {
    known = /^[\x20-\x7e]*$/.test(node.value) ? null : widthsOf(node.value);
    widths.set(node, known);
  }
  return known === null ? offset : (known[offset] ?? 0);
}

function widthsOf(text: string): Uint32Array {
  const result = new Uint32Array(text.length + 1);
  let width = 0;
  let offset = 0;
  for (const character of text) {
    result.fill(width, offset, offset + character.length);
    width += textWidth(character);
    offset += character.length;
  }
  result[text.length] = width;
  return result;
}
