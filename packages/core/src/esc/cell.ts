import { type DiagnosticSink, errorAt, warningAt } from './diagnostic.ts';
import type { Expression, ObjectProperty } from './expression.ts';
import type { Layered } from './layered.ts';
import { joinKey } from './property-key.ts';

/** An expression's inner cells, in the shape of the expression. */
export type CellParts =
  | { readonly kind: 'none' }
  | { readonly kind: 'items'; readonly items: readonly Cell[] }
  | { readonly kind: 'properties'; readonly properties: ReadonlyMap<string, Cell> }
  | { readonly kind: 'inner'; readonly inner: Cell }
  | { readonly kind: 'pair'; readonly first: Cell | undefined; readonly second: Cell | undefined };

export type CellState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'busy' }
  | { readonly phase: 'done'; readonly value: Layered };

/** An expression at its place in the tree of values, evaluated at most once. */
export interface Cell {
  readonly expression: Expression;
  /** The path that references use, such as `a.b[0]`; empty for an argument of a function. */
  readonly path: string;
  /** What the imports give for the same path. */
  readonly base: Layered | undefined;
  readonly parts: CellParts;
  state: CellState;
}

interface Spot {
  readonly path: string;
  readonly base: Layered | undefined;
}

const ARGUMENT: Spot = { path: '', base: undefined };

/** Makes the cells of an expression and of all in it; doubled keys and overridden final values are reported. */
function declareCell(expression: Expression, spot: Spot, diagnostics: DiagnosticSink): Cell {
  const parts = declareParts(expression, spot, diagnostics);
  return { expression, ...spot, parts, state: { phase: 'idle' } };
}

function declareParts(expression: Expression, spot: Spot, diagnostics: DiagnosticSink): CellParts {
  const argument = (inner: Expression | undefined) => inner && declareCell(inner, ARGUMENT, diagnostics);
  switch (expression.kind) {
    case 'array':
      return { kind: 'items', items: declareItems(expression.items, spot.path, diagnostics) };
    case 'object':
      return { kind: 'properties', properties: declareProperties(expression.properties, spot, diagnostics) };
    case 'plaintext':
      return { kind: 'inner', inner: declareCell(expression.value, ARGUMENT, diagnostics) };
    case 'final':
      return { kind: 'inner', inner: declareCell(expression.value, spot, diagnostics) };
    case 'unary':
      return { kind: 'inner', inner: declareCell(expression.argument, ARGUMENT, diagnostics) };
    case 'concat':
      return { kind: 'inner', inner: declareCell(expression.arrays, ARGUMENT, diagnostics) };
    case 'join':
    case 'split':
      return { kind: 'pair', first: argument(expression.delimiter), second: argument(expression.subject) };
    case 'validate':
      return { kind: 'pair', first: argument(expression.schema), second: argument(expression.value) };
    case 'literal':
    case 'interpolation':
    case 'symbol':
    case 'ciphertext':
    case 'cloud':
      return { kind: 'none' };
  }
}

function declareItems(items: readonly Expression[], path: string, diagnostics: DiagnosticSink): Cell[] {
  return items.map((item, index) =>
    declareCell(item, { path: `${path}[${index}]`, base: undefined }, diagnostics),
  );
}

/** Makes the cells of an object's properties, each over the property of the same name in `spot.base`. */
export function declareProperties(
  properties: readonly ObjectProperty[],
  spot: Spot,
  diagnostics: DiagnosticSink,
): ReadonlyMap<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const { key, keyNode, value } of properties) {
    const base = spot.base?.property(key);
    if (cells.has(key)) {
      diagnostics.push(errorAt(keyNode, `duplicate key ${JSON.stringify(key)}`));
    } else if (base?.final === true) {
      diagnostics.push(warningAt(value.node, 'cannot override final value'));
      cells.set(key, finishedCell(value, { path: joinKey(spot.path, key), base }, base));
    } else {
      cells.set(key, declareCell(value, { path: joinKey(spot.path, key), base }, diagnostics));
    }
  }
  return cells;
}

function finishedCell(expression: Expression, spot: Spot, value: Layered): Cell {
  return { expression, ...spot, parts: { kind: 'none' }, state: { phase: 'done', value } };
}
