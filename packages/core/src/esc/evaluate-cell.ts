import { evaluateAccess } from './access.ts';
import type { Cell } from './cell.ts';
import { errorAt } from './diagnostic.ts';
import {
  evaluateCiphertext,
  evaluateCloud,
  evaluateConcat,
  evaluateJoin,
  evaluateSplit,
  evaluateUnary,
  evaluateValidate,
} from './evaluate-call.ts';
import type { InterpolationPart } from './interpolation.ts';
import { Layered, layer, unknownValue } from './layered.ts';
import { LimitReached, MAX_DEPTH } from './limits.ts';
import { compareKeys } from './property-key.ts';
import type { Scope } from './scope.ts';
import { toText } from './text-forms.ts';

/** Evaluates a cell once. What cannot be evaluated is reported and unknown. */
export function evaluateCell(scope: Scope, cell: Cell): Layered {
  const { state, expression } = cell;
  if (state.phase === 'done') return state.value;
  if (state.phase === 'busy') {
    scope.diagnostics.push(errorAt(expression.node, `cyclic reference to ${cell.path}`));
    return unknownValue(expression.node);
  }
  cell.state = { phase: 'busy' };
  const value = layer(
    bounded(scope, cell, () => compute(scope, cell)),
    cell.base,
  );
  cell.state = { phase: 'done', value };
  return value;
}

function bounded(scope: Scope, cell: Cell, compute: () => Layered): Layered {
  try {
    const value = compute();
    if (value.depth <= MAX_DEPTH) return value;
    throw new LimitReached(`the value nests deeper than ${MAX_DEPTH}`);
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error;
    scope.diagnostics.push(errorAt(cell.expression.node, error.message));
    // What was being made may have held a secret.
    return unknownValue(cell.expression.node, { secret: true });
  }
}

function compute(scope: Scope, cell: Cell): Layered {
  const { expression, parts } = cell;
  const call = { scope, cell };
  const inner = parts.kind === 'inner' ? parts.inner : undefined;
  const [first, second] = parts.kind === 'pair' ? [parts.first, parts.second] : [];
  switch (expression.kind) {
    case 'literal':
      return new Layered({ origin: expression.node, content: expression.value });
    case 'interpolation':
      return interpolate(scope, cell, expression.parts);
    case 'symbol':
      return evaluateAccess(scope, cell, expression.access);
    case 'array':
      return parts.kind === 'items' ? evaluateItems(scope, cell, parts.items) : unknownValue(expression.node);
    case 'object':
      return parts.kind === 'properties'
        ? evaluateProperties(scope, cell, parts.properties)
        : unknownValue(expression.node);
    case 'ciphertext':
      return evaluateCiphertext(call, expression.envelope);
    case 'cloud':
      return expression.isMalformed ? unknownValue(expression.node) : evaluateCloud(call, expression.name);
    case 'join':
      return evaluateJoin(call, first, second);
    case 'split':
      return evaluateSplit(call, first, second);
    case 'validate':
      return evaluateValidate(call, first, second);
    default:
      return inner === undefined ? unknownValue(expression.node) : computeInner(scope, cell, inner);
  }
}

function computeInner(scope: Scope, cell: Cell, inner: Cell): Layered {
  const { expression } = cell;
  const call = { scope, cell };
  switch (expression.kind) {
    case 'plaintext': {
      const { content } = scope.evaluate(inner);
      return new Layered({ origin: expression.value.node, content, secret: true });
    }
    case 'final':
      return scope.evaluate(inner).asFinal();
    case 'unary':
      return evaluateUnary(call, expression.name, inner);
    case 'concat':
      return evaluateConcat(call, inner);
    default:
      return unknownValue(expression.node);
  }
}

function evaluateItems(scope: Scope, cell: Cell, items: readonly Cell[]): Layered {
  return new Layered({ origin: cell.expression.node, content: items.map((item) => scope.evaluate(item)) });
}

/** In the order of keys, so that of a cycle always the same member is reported. */
function evaluateProperties(scope: Scope, cell: Cell, properties: ReadonlyMap<string, Cell>): Layered {
  return new Layered({ origin: cell.expression.node, content: evaluateInOrder(scope, properties) });
}

/** @returns the values of cells, evaluated in the order of their keys. */
export function evaluateInOrder(
  scope: Scope,
  cells: ReadonlyMap<string, Cell>,
): ReadonlyMap<string, Layered> {
  const ordered = [...cells].sort(([left], [right]) => compareKeys(left, right));
  return new Map(ordered.map(([key, property]) => [key, scope.evaluate(property)]));
}

function interpolate(scope: Scope, cell: Cell, parts: readonly InterpolationPart[]): Layered {
  const origin = cell.expression.node;
  let text = '';
  let unknown = false;
  let secret = false;
  for (const part of parts) {
    text += part.text;
    scope.budget.spend(part.text.length);
    if (part.access === undefined) continue;
    const form = toText(evaluateAccess(scope, cell, part.access), scope.budget);
    unknown ||= form.unknown;
    secret ||= form.secret;
    text += form.text;
  }
  return unknown
    ? unknownValue(origin, { secret, type: 'string' })
    : new Layered({ origin, content: text, secret });
}
