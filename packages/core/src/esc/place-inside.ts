import type { Place } from './diagnostic.ts';
import { textWidth } from './source-positions.ts';
import type { SyntaxNode } from './syntax-node.ts';

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
  const columnOf = (offset: number) => begin.column + textWidth(node.value.slice(0, offset));
  return {
    path: node.path,
    range: {
      environment,
      begin: { line: begin.line, column: columnOf(piece.start) },
      end: { line: begin.line, column: columnOf(piece.end) },
    },
  };
}
