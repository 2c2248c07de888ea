import { formatDuration } from '@sophia/core/duration';
import type { RowState } from '@sophia/runtime/ports/progress';
import pc from 'picocolors';
import stringWidth from 'string-width';
import sliceAnsi from 'slice-ansi';

/** A row of the live picture; times are monotonic milliseconds. */
export interface Row {
  readonly name: string;
  readonly state: RowState;
  /** One line, harmless. */
  readonly text: string;
  readonly startedMs: number | undefined;
  readonly endedMs: number | undefined;
}

/** A time that may be used up, such as the one for rolling back; times as of {@link Row}. */
export interface Budget {
  readonly name: string;
  readonly limitMs: number;
  readonly startedMs: number | undefined;
  readonly endedMs: number | undefined;
}

/** What there is to draw. */
export interface Picture {
  readonly rows: readonly Row[];
  readonly budgets: readonly Budget[];
}

/** The room that there is. */
export interface Room {
  readonly columns: number;
  /** Lines; more rows than these are summed up in the last line. */
  readonly lines: number;
}

const WORDS: Readonly<Record<RowState, string>> = {
  waiting: 'waits',
  running: 'runs',
  success: 'ok',
  warning: 'warning',
  failure: 'FAILED',
  skipped: 'skipped',
  undoing: 'undoes',
  undone: 'undone',
  stopped: 'stopped',
};

const COLOURS: Readonly<Record<RowState, (text: string) => string>> = {
  waiting: pc.dim,
  running: pc.cyan,
  success: pc.green,
  warning: pc.yellow,
  failure: pc.red,
  skipped: pc.dim,
  undoing: pc.yellow,
  undone: pc.yellow,
  stopped: pc.dim,
};

/** Which rows are left out first where there is no room: what is done, then what has not begun. */
const INTEREST: Readonly<Record<RowState, number>> = {
  failure: 0,
  running: 1,
  undoing: 1,
  warning: 2,
  undone: 3,
  waiting: 4,
  skipped: 5,
  stopped: 5,
  success: 6,
};

const STATE_WIDTH = 8;
const TIME_WIDTH = 8;
const LONGEST_NAME = 40;

/** @returns the lines of the whole picture, none wider than the terminal: the rows, and below them the budgets. */
export function renderPicture({ rows, budgets }: Picture, room: Room, nowMs: number): string[] {
  if (budgets.length === 0 || room.lines < 2) return renderRows(rows, room, nowMs);
  const times = budgets.map((budget) => renderBudget(budget, nowMs)).join('   ');
  return [...renderRows(rows, { ...room, lines: room.lines - 1 }, nowMs), fit(pc.dim(times), room.columns)];
}

function renderBudget({ name, limitMs, startedMs, endedMs }: Budget, nowMs: number): string {
  const limit = formatDuration(limitMs);
  if (startedMs === undefined) return `${name}: ${limit} kept`;
  return `${name}: ${formatDuration((endedMs ?? nowMs) - startedMs)} of ${limit}`;
}

/** @returns the lines of the rows, none wider than the terminal, in the order of the rows. */
export function renderRows(rows: readonly Row[], room: Room, nowMs: number): string[] {
  const shown = chooseRows(rows, room.lines);
  const names = Math.min(LONGEST_NAME, Math.max(0, ...rows.map(({ name }) => stringWidth(name))));
  const lines = shown.map((row) => renderRow(row, names, nowMs));
  const left = rows.filter((row) => !shown.includes(row));
  const all = left.length === 0 ? lines : [...lines, pc.dim(`and ${sumUp(left)}`)];
  return all.map((line) => fit(line, room.columns));
}

function chooseRows(rows: readonly Row[], lines: number): readonly Row[] {
  if (rows.length <= lines) return rows;
  const byInterest = [...rows].sort((a, b) => INTEREST[a.state] - INTEREST[b.state]);
  const kept = new Set(byInterest.slice(0, Math.max(1, lines - 1)));
  return rows.filter((row) => kept.has(row));
}

function renderRow({ name, state, text, startedMs, endedMs }: Row, names: number, nowMs: number): string {
  const time = startedMs === undefined ? '' : formatDuration((endedMs ?? nowMs) - startedMs);
  const colour = COLOURS[state];
  const label = fit(name, names);
  const padding = ' '.repeat(Math.max(0, names - stringWidth(label)));
  return `${colour(WORDS[state].padEnd(STATE_WIDTH))} ${label}${padding}  ${pc.dim(time.padStart(TIME_WIDTH))}  ${text}`.trimEnd();
}

function sumUp(rows: readonly Row[]): string {
  const counts = new Map<RowState, number>();
  for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1);
  const parts = [...counts].map(([state, count]) => `${count} ${WORDS[state]}`);
  return `${rows.length} more: ${parts.join(', ')}`;
}

/** @returns the text, cut to so many columns and never wrapped: a wrapped line would be left behind when the picture is drawn anew. */
export const fit = (text: string, columns: number) =>
  stringWidth(text) <= columns ? text : `${sliceAnsi(text, 0, Math.max(1, columns - 1))}…`;
