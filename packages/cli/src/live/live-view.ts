import type { Progress } from '@sophia/runtime/ports/progress';
import { createLogUpdate } from 'log-update';
import stringWidth from 'string-width';

import type { LineWriter } from '../terminal-log.ts';
import { createBoard } from './board.ts';
import { guardStreams } from './guard-streams.ts';
import { renderPicture } from './render-rows.ts';
import type { Picture } from './render-rows.ts';

const FRAME_MS = 100;
/** The prompt's line, and one for the eye. */
const LINES_LEFT_FREE = 2;

/** A terminal that shows a picture; lines that are written meanwhile stay above it. */
export interface LiveView extends Progress, LineWriter {
  /** True while there is a picture: it then tells what a log would. */
  readonly isActive: boolean;
  /** Takes the picture away, and gives the cursor back. */
  end(): void;
}

/** @returns a live view on a terminal; it draws nothing until something begins, and keeps no process alive. */
export function createLiveView(stream: NodeJS.WriteStream): LiveView {
  const now = () => performance.now();
  let board = createBoard(now);
  const screen = new Screen(stream, () => board.picture);
  return {
    get isActive() {
      return screen.isOpen;
    },
    begin(names) {
      board.begin(names);
      screen.open();
    },
    update: (name, update) => board.update(name, update),
    say: (name, text) => board.say(name, text),
    allow: (limits) => board.allow(limits),
    write(line) {
      if (screen.isOpen) screen.writeAbove(`${line}\n`);
      else stream.write(`${line}\n`);
    },
    end() {
      screen.close();
      board = createBoard(now);
    },
  };
}

/** Draws a picture again and again while it is open. */
class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #picture: () => Picture;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  readonly #guard: ReturnType<typeof guardStreams>;
  #timer: NodeJS.Timeout | undefined;
  #drawn: readonly string[] = [];
  readonly #close = () => this.close();
  readonly #resize = () => this.#redraw();

  constructor(stream: NodeJS.WriteStream, picture: () => Picture) {
    this.#stream = stream;
    this.#picture = picture;
    this.#draw = createLogUpdate(stream, { showCursor: false });
    this.#guard = guardStreams([stream, process.stdout], (lines) => this.writeAbove(lines));
  }

  get isOpen(): boolean {
    return this.#timer !== undefined;
  }

  open(): void {
    if (this.isOpen) return;
    this.#timer = setInterval(() => this.#frame(), FRAME_MS);
    this.#timer.unref();
    // A crash or a second Ctrl-C must not leave a terminal without its cursor.
    process.on('exit', this.#close);
    this.#stream.on('resize', this.#resize);
    this.#guard.begin();
    this.#frame();
  }

  close(): void {
    if (!this.isOpen) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#guard.bypass(() => {
      this.#draw.clear();
      this.#draw.done();
    });
    this.#guard.end();
    this.#stream.off('resize', this.#resize);
    process.off('exit', this.#close);
  }

  writeAbove(text: string): void {
    this.#guard.bypass(() => {
      this.#draw.clear();
      this.#stream.write(text);
    });
    this.#frame();
  }

  #frame(): void {
    const { columns, rows } = this.#stream;
    const room = { columns: columns || 80, lines: Math.max(1, (rows || 24) - LINES_LEFT_FREE) };
    this.#drawn = renderPicture(this.#picture(), room, performance.now());
    this.#guard.bypass(() => this.#draw(this.#drawn.join('\n')));
  }

  /** A narrower terminal has broken the lines that are there into more than were drawn. */
  #redraw(): void {
    const lines = linesOnScreen(this.#drawn, this.#stream.columns || 80);
    this.#guard.bypass(() => {
      this.#stream.write(eraseUp(lines));
      this.#draw.done();
    });
    this.#frame();
  }
}

/** @returns how many lines of a terminal hold these. */
const linesOnScreen = (lines: readonly string[], columns: number) =>
  lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0);

/** @returns what takes the cursor up so many lines, to the left, and erases from there. */
const eraseUp = (lines: number) => (lines === 0 ? '' : `\u001B[${lines}A\r\u001B[0J`);
