import type { Progress, RowState, RowUpdate } from '@sophia/runtime/ports/progress';
import { createLogUpdate } from 'log-update';

import { harmless } from '../terminal-log.ts';
import type { LineWriter } from '../terminal-log.ts';
import { renderRows } from './render-rows.ts';
import type { Row } from './render-rows.ts';

const FRAME_MS = 100;
/** The prompt's line, and one for the eye. */
const LINES_LEFT_FREE = 2;

const RUNNING: readonly RowState[] = ['running', 'undoing'];
const NOT_BEGUN: readonly RowState[] = ['waiting', 'skipped'];

/** A terminal that shows a picture; lines that are written meanwhile stay above it. */
export interface LiveView extends Progress, LineWriter {
  /** True while there is a picture: it then tells what a log would. */
  readonly isActive: boolean;
  /** Takes the picture away, and gives the cursor back. */
  end(): void;
}

/** @returns a live view on a terminal; it draws nothing until something begins, and keeps no process alive. */
export function createLiveView(stream: NodeJS.WriteStream): LiveView {
  const draw = createLogUpdate(stream, { showCursor: false });
  let rows = new Map<string, Row>();
  let timer: NodeJS.Timeout | undefined;

  const frame = () => {
    const room = { columns: stream.columns || 80, lines: Math.max(1, (stream.rows || 24) - LINES_LEFT_FREE) };
    draw(renderRows([...rows.values()], room, performance.now()).join('\n'));
  };
  const end = () => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    rows = new Map();
    draw.clear();
    draw.done();
    process.off('exit', end);
  };
  return {
    get isActive() {
      return timer !== undefined;
    },
    begin(names) {
      rows = new Map(names.map((name) => [name, waiting(name)]));
      if (timer !== undefined) return;
      timer = setInterval(frame, FRAME_MS);
      timer.unref();
      // A crash or a second Ctrl-C must not leave a terminal without its cursor.
      process.on('exit', end);
      frame();
    },
    update(name, update) {
      const row = rows.get(name);
      if (row !== undefined) rows.set(name, updated(row, update, performance.now()));
    },
    write(line) {
      if (timer !== undefined) draw.clear();
      stream.write(`${line}\n`);
      if (timer !== undefined) frame();
    },
    end,
  };
}

const waiting = (name: string): Row => ({
  name: oneLine(name),
  state: 'waiting',
  text: '',
  startedMs: undefined,
  endedMs: undefined,
});

const oneLine = (text: string) => harmless(text).replace(/\s+/g, ' ').trim();

/** A row's clock runs while it does; what runs again begins anew. */
function updated(row: Row, { state, text }: RowUpdate, nowMs: number): Row {
  const runs = RUNNING.includes(state);
  const isNew = runs && row.state !== state;
  const startedMs = isNew ? nowMs : NOT_BEGUN.includes(state) ? row.startedMs : (row.startedMs ?? nowMs);
  const endedMs = runs || startedMs === undefined ? undefined : isNew ? nowMs : (row.endedMs ?? nowMs);
  return { ...row, state, text: text === undefined ? row.text : oneLine(text), startedMs, endedMs };
}
