import { stripVTControlCharacters } from 'node:util';

import type { Log } from '@sophia/runtime/ports/log';
import pc from 'picocolors';

/** Where the lines of a command go: stderr, so that stdout is the command's answer alone. */
export interface LineWriter {
  write(line: string): void;
}

export const stderrWriter: LineWriter = {
  // Nothing is given back: who logs in a `catch` means to have no value.
  write(line) {
    process.stderr.write(`${line}\n`);
  },
};

/** Everything but tab and line feed that moves a cursor, and what turns the direction of writing or has no width. */
const UNSAFE =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;

/** @returns foreign text without what would move the cursor, change a title or show other words than there are. */
export const harmless = (text: string) => stripVTControlCharacters(text).replace(UNSAFE, '');

/** @returns foreign text in one harmless line. */
export const oneLine = (text: string) => harmless(text).replace(/\s+/g, ' ').trim();

/** Where lines go, and which of them. */
export interface TerminalLogOptions {
  readonly writer: LineWriter;
  readonly showDebug: boolean;
  /** True while something else tells what `info` would. */
  readonly isPictured?: () => boolean;
}

/** A log for people at a terminal; `debug` only where it was asked for. */
export function terminalLog({ writer, showDebug, isPictured = () => false }: TerminalLogOptions): Log {
  return {
    debug: (message) => {
      if (showDebug) writer.write(pc.dim(harmless(message)));
    },
    info: (message) => {
      if (!isPictured()) writer.write(harmless(message));
    },
    warning: (message) => writer.write(`${pc.yellow('warning:')} ${harmless(message)}`),
    error: (message) => writer.write(`${pc.red('error:')} ${harmless(message)}`),
  };
}
