import type { Cell } from './cell.ts';
import type { Accessor } from './interpolation.ts';

type Mark = 'open' | 'clean' | 'cyclic';

interface Frame {
  readonly cell: Cell;
  readonly needs: readonly Cell[];
  next: number;
  isCyclic: boolean;
}

/**
 * @returns the cells of an environment, each behind all that it needs, so that evaluating them in this order
 * never nests: a chain of a hundred thousand references would exhaust the stack otherwise. Cells that are part
 * of a cycle, or need one, are left out: which of them is reported depends on who asks first.
 */
export function scheduleCells(root: ReadonlyMap<string, Cell>): readonly Cell[] {
  const marks = new Map<Cell, Mark>();
  const order: Cell[] = [];
  for (const cell of root.values()) visit(cell, { root, marks, order });
  return order;
}

interface Search {
  readonly root: ReadonlyMap<string, Cell>;
  readonly marks: Map<Cell, Mark>;
  readonly order: Cell[];
}

/** A depth-first search with a stack of its own. */
function visit(start: Cell, search: Search): void {
  const { marks, order } = search;
  if (marks.has(start)) return;
  const stack = [open(start, search)];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const need = frame.needs[frame.next++];
    if (need === undefined) {
      stack.pop();
      marks.set(frame.cell, frame.isCyclic ? 'cyclic' : 'clean');
      const parent = stack.at(-1);
      if (frame.isCyclic && parent !== undefined) parent.isCyclic = true;
      if (!frame.isCyclic) order.push(frame.cell);
      continue;
    }
    const mark = marks.get(need);
    if (mark === undefined) stack.push(open(need, search));
    else if (mark !== 'clean') frame.isCyclic = true;
  }
}

function open(cell: Cell, search: Search): Frame {
  search.marks.set(cell, 'open');
  return { cell, needs: [...innerCells(cell), ...targets(cell, search.root)], next: 0, isCyclic: false };
}

function innerCells(cell: Cell): readonly Cell[] {
  const { parts } = cell;
  switch (parts.kind) {
    case 'none':
      return [];
    case 'items':
      return parts.items;
    case 'properties':
      return [...parts.properties.values()];
    case 'inner':
      return [parts.inner];
    case 'pair':
      return [parts.first, parts.second].filter((part) => part !== undefined);
  }
}

function targets(cell: Cell, root: ReadonlyMap<string, Cell>): readonly Cell[] {
  const { expression } = cell;
  const accesses =
    expression.kind === 'symbol'
      ? [expression.access]
      : expression.kind === 'interpolation'
        ? expression.parts.flatMap((part) => (part.access === undefined ? [] : [part.access]))
        : [];
  return accesses.flatMap((access) => targetOf(access, root) ?? []);
}

/** @returns the cell that evaluation of the access will ask for, as far as that can be seen without evaluating. */
function targetOf(access: readonly Accessor[], root: ReadonlyMap<string, Cell>): Cell | undefined {
  const [first, ...rest] = access;
  let cell = typeof first?.key === 'string' ? root.get(first.key) : undefined;
  for (const accessor of rest) {
    while (cell?.parts.kind === 'inner' && isTransparent(cell)) cell = cell.parts.inner;
    if (cell === undefined) return undefined;
    const next = partOf(cell, accessor.key);
    if (next === 'itself') return cell;
    cell = next;
  }
  return cell;
}

function partOf(cell: Cell, key: string | number): Cell | undefined | 'itself' {
  if (cell.parts.kind === 'items') return typeof key === 'number' ? cell.parts.items[key] : undefined;
  if (cell.parts.kind === 'properties')
    return typeof key === 'string' ? cell.parts.properties.get(key) : undefined;
  return 'itself';
}

/** References look through fn::final and fn::secret to the parts of what stands in them. */
export function isTransparent(cell: Cell): boolean {
  return cell.expression.kind === 'final' || cell.expression.kind === 'plaintext';
}
