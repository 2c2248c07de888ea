import type { Cell } from './cell.ts';
import { errorAt } from './diagnostic.ts';
import type { Accessor } from './interpolation.ts';
import { isListContent, isMapContent, type Layered, unknownValue } from './layered.ts';
import { placeInside } from './place-inside.ts';
import { isTransparent } from './schedule.ts';
import type { Scope } from './scope.ts';

/** First names of an access that are no property of the environment; they cannot be top-level keys either. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set(['imports', 'context', 'environments']);

/** A reference that is being followed: who asks, and what is left to follow. */
interface Walk {
  readonly scope: Scope;
  readonly cell: Cell;
  readonly accessors: readonly Accessor[];
}

/**
 * Follows `${a.b[0]}` as asked for by a cell. Collections on the way are not evaluated, so that their parts may
 * refer to one another. Always gives a value; what cannot be found is reported and unknown.
 */
export function evaluateAccess(scope: Scope, cell: Cell, accessors: readonly Accessor[]): Layered {
  const walk: Walk = { scope, cell, accessors };
  const found = followFromRoot(walk);
  return found.referredFrom(cell.expression.node);
}

function followFromRoot(walk: Walk): Layered {
  const [first, ...rest] = walk.accessors;
  switch (first?.key) {
    case 'imports':
      return followValue(walk, walk.scope.imports, rest);
    case 'context':
      return followValue(walk, walk.scope.context, rest);
    case 'environments':
      return followEnvironment(walk, rest);
    default:
      return followProperties(walk, { properties: walk.scope.root, base: walk.scope.base }, walk.accessors);
  }
}

function followEnvironment(walk: Walk, accessors: readonly Accessor[]): Layered {
  const [project, environment, ...rest] = accessors;
  if (project === undefined || environment === undefined) return unknownAt(walk);
  const projectKey = mapKey(walk, project);
  const environmentKey = mapKey(walk, environment);
  if (projectKey === undefined || environmentKey === undefined) return unknownAt(walk);
  const opened = walk.scope.open(`${projectKey}/${environmentKey}`, walk.cell.expression.node);
  return opened === undefined ? unknownAt(walk) : followValue(walk, opened, rest);
}

function followCell(walk: Walk, cell: Cell, accessors: readonly Accessor[]): Layered {
  const [accessor, ...rest] = accessors;
  if (accessor === undefined || cell.state.phase === 'done')
    return followValue(walk, walk.scope.evaluate(cell), accessors);
  switch (cell.parts.kind) {
    case 'items': {
      const index = listIndex(walk, accessor, cell.parts.items.length);
      const item = index === undefined ? undefined : cell.parts.items[index];
      return item === undefined ? unknownAt(walk) : followCell(walk, item, rest);
    }
    case 'properties':
      return followProperties(walk, { properties: cell.parts.properties, base: cell.base }, accessors);
    case 'inner':
      return isTransparent(cell)
        ? followCell(walk, cell.parts.inner, accessors)
        : followValue(walk, walk.scope.evaluate(cell), accessors);
    case 'pair':
    case 'none':
      return followValue(walk, walk.scope.evaluate(cell), accessors);
  }
}

interface OpenMap {
  readonly properties: ReadonlyMap<string, Cell>;
  readonly base: Layered | undefined;
}

function followProperties(walk: Walk, map: OpenMap, accessors: readonly Accessor[]): Layered {
  const [accessor, ...rest] = accessors;
  if (accessor === undefined) return unknownAt(walk);
  const key = mapKey(walk, accessor);
  if (key === undefined) return unknownAt(walk);
  const property = map.properties.get(key);
  if (property !== undefined) return followCell(walk, property, rest);
  if (map.base?.isMap === true) return followValue(walk, map.base, accessors);
  return missing(walk, accessor);
}

function followValue(walk: Walk, value: Layered, accessors: readonly Accessor[]): Layered {
  let current = value;
  for (const accessor of accessors) {
    const next = step(walk, current, accessor);
    if (next === undefined) return unknownAt(walk, current);
    current = next;
  }
  return current;
}

function step(walk: Walk, value: Layered, accessor: Accessor): Layered | undefined {
  if (value.unknown !== undefined) return stepUnknown(walk, value, accessor);
  if (isListContent(value.content)) {
    const index = listIndex(walk, accessor, value.content.length);
    return index === undefined ? undefined : value.content[index];
  }
  if (isMapContent(value.content)) {
    const key = mapKey(walk, accessor);
    return key === undefined ? undefined : (value.property(key) ?? missing(walk, accessor));
  }
  report(walk, accessor, 'receiver must be an array or an object');
  return undefined;
}

function stepUnknown(walk: Walk, value: Layered, accessor: Accessor): Layered | undefined {
  const part = unknownValue(walk.cell.expression.node, { secret: value.secret });
  switch (value.unknown) {
    case 'array':
      return listIndex(walk, accessor, Number.POSITIVE_INFINITY) === undefined ? undefined : part;
    case 'string':
      report(walk, accessor, 'receiver must be an array or an object');
      return undefined;
    default:
      return part;
  }
}

function listIndex(walk: Walk, accessor: Accessor, length: number): number | undefined {
  const index = accessor.key;
  if (typeof index !== 'number') {
    report(walk, accessor, 'cannot access an array element using a property name');
    return undefined;
  }
  if (index < 0) {
    report(walk, accessor, 'array indices must not be negative');
    return undefined;
  }
  if (index >= length) {
    report(walk, accessor, `array index ${index} out-of-bounds for array of length ${length}`);
    return undefined;
  }
  return index;
}

function mapKey(walk: Walk, accessor: Accessor): string | undefined {
  if (typeof accessor.key === 'string') return accessor.key;
  report(walk, accessor, 'cannot access an object property using an integer index');
  return undefined;
}

function missing(walk: Walk, accessor: Accessor): Layered {
  report(walk, accessor, `unknown property ${JSON.stringify(accessor.key)}`);
  return unknownAt(walk);
}

function report(walk: Walk, accessor: Accessor, message: string): void {
  walk.scope.diagnostics.push(errorAt(placeInside(walk.cell.expression.node, accessor), message));
}

function unknownAt(walk: Walk, from?: Layered): Layered {
  return unknownValue(walk.cell.expression.node, { secret: from?.secret ?? false });
}
