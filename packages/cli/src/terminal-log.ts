import { stripVTControlCharacters } from 'node:util';

import type { Log } from '@sophia/runtime/ports/log';
import pc from 'picocolors';

/** Where the lines of a command go: stderr, so that stdout is the command's answer alone. */
export interface LineWriter {
  write(line: string): void;
}

export const stderrWriter: LineWriter = { write: (line) => process.stderr.write(`${line}\n`) };

/** @returns foreign text without what would move the cursor or change the title of somebody's terminal. */
export const harmless = (text: string) =>
  stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

/** Where lines go, and which of them. */
export interface TerminalLogOptions {
  readonly writer: LineWriter;
  readonly showDebug: boolean;
  /** True while a picture tells what `info` would. */
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
