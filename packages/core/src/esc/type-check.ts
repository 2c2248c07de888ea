import type { Cell } from './cell.ts';
import { errorAt } from './diagnostic.ts';
import { ExactNumber } from './expression.ts';
import { isListContent, isMapContent, type Layered } from './layered.ts';
import type { Scope } from './scope.ts';

/** The types that arguments are checked against. */
type Expected = 'string' | 'array';

/** @returns the JSON type of a known value. */
export function typeName(value: Layered): string {
  const { content } = value;
  if (content === null) return 'null';
  if (isListContent(content)) return 'array';
  if (isMapContent(content)) return 'object';
  return content instanceof ExactNumber ? 'number' : typeof content;
}

/** Evaluates an argument that must be a string. @returns undefined after a diagnostic; it may be unknown. */
export function evaluateString(scope: Scope, cell: Cell): Layered | undefined {
  const value = scope.evaluate(cell);
  return isOfType(value, 'string', { scope, cell, prefix: '' }) ? value : undefined;
}

/** Evaluates an argument that must be a list of items of one type. @returns undefined after a diagnostic. */
export function evaluateList(scope: Scope, cell: Cell, itemType: Expected): Layered | undefined {
  const value = scope.evaluate(cell);
  if (!isOfType(value, 'array', { scope, cell, prefix: '' })) return undefined;
  if (value.unknown !== undefined || !isListContent(value.content)) return value;
  let allFit = true;
  for (const [index, item] of value.content.entries()) {
    if (!isOfType(item, itemType, blameItem(scope, cell, index))) allFit = false;
  }
  return allFit ? value : undefined;
}

interface Blame {
  readonly scope: Scope;
  readonly cell: Cell;
  readonly prefix: string;
}

/** Blames the item itself where it is written out, and the whole expression where it comes from elsewhere. */
function blameItem(scope: Scope, cell: Cell, index: number): Blame {
  const item = cell.parts.kind === 'items' ? cell.parts.items[index] : undefined;
  return item === undefined ? { scope, cell, prefix: `[${index}]: ` } : { scope, cell: item, prefix: '' };
}

function isOfType(value: Layered, expected: Expected, blame: Blame): boolean {
  const actual = value.unknown === undefined ? typeName(value) : value.unknown;
  if (actual === expected || actual === 'any') return true;
  const message = `${blame.prefix}expected ${expected}, got ${actual}`;
  blame.scope.diagnostics.push(errorAt(blame.cell.expression.node, message));
  return false;
}
