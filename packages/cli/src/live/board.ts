import type { Limit, Progress, RowState, RowUpdate } from '@sophia/runtime/ports/progress';

import { oneLine } from '../terminal-log.ts';
import type { Budget, Picture, Row } from './render-rows.ts';

const RUNNING: readonly RowState[] = ['running', 'undoing'];

/** What is known of the rows and budgets, with their clocks. */
export interface Board extends Progress {
  readonly picture: Picture;
}

/** @returns an empty board. @param nowMs monotonic milliseconds */
export function createBoard(nowMs: () => number): Board {
  let rows = new Map<string, Row>();
  let budgets: readonly Budget[] = [];
  return {
    get picture() {
      return { rows: [...rows.values()], budgets };
    },
    begin(names) {
      rows = new Map(names.map((name) => [name, waiting(name)]));
    },
    update(name, update) {
      const row = rows.get(name);
      if (row !== undefined) rows.set(name, updated(row, update, nowMs()));
    },
    say(name, text) {
      const row = rows.get(name);
      if (row !== undefined) rows.set(name, { ...row, text: oneLine(text) });
    },
    allow(limits) {
      budgets = limits.map((limit) => allowed(limit, budgets, nowMs()));
    },
  };
}

const waiting = (name: string): Row => ({
  name: oneLine(name),
  state: 'waiting',
  text: '',
  startedMs: undefined,
  endedMs: undefined,
});

/** A row's clock runs while it does; what runs again begins anew, and what was never seen to run has none. */
function updated(row: Row, { state, text }: RowUpdate, nowMs: number): Row {
  const runs = RUNNING.includes(state);
  const isNew = runs && row.state !== state;
  const startedMs = isNew ? nowMs : row.startedMs;
  const endedMs = runs || startedMs === undefined ? undefined : (row.endedMs ?? nowMs);
  return { ...row, state, text: text === undefined ? row.text : oneLine(text), startedMs, endedMs };
}

/** A budget's clock begins when it is first used, and stops with it. */
function allowed({ name, limitMs, isUsed }: Limit, before: readonly Budget[], nowMs: number): Budget {
  const known = before.find((budget) => budget.name === name);
  const startedMs = known?.startedMs ?? (isUsed ? nowMs : undefined);
  const endedMs = isUsed || startedMs === undefined ? undefined : (known?.endedMs ?? nowMs);
  return { name, limitMs, startedMs, endedMs };
}
