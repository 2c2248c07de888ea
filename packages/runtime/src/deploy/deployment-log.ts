import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

import { renderLogLine } from '@sophia/core/deploy/log-line';
import type { LogLevel } from '@sophia/core/deploy/log-line';
import { messageOf } from '@sophia/core/errors';

import type { Host } from '../host/host.ts';

/** The readable log of a deployment: each line goes to its file and to the host's log. */
export interface DeploymentLog {
  say(level: LogLevel, message: string): void;
  /** A line for the file alone. */
  note(message: string): void;
  close(): void;
}

/**
 * Opens the log for appending. A file that cannot be written (a full disk) is warned of once, and nothing more: the
 * deployment and its journal matter more.
 */
export function openDeploymentLog(host: Host, path: string): DeploymentLog {
  let file: number | undefined;
  const attempt = (act: () => void) => {
    try {
      act();
    } catch (error) {
      file = undefined;
      host.log.warning(`the log ${path} cannot be written: ${messageOf(error)}`);
    }
  };
  attempt(() => {
    mkdirSync(dirname(path), { recursive: true });
    file = openSync(path, 'a', 0o644);
  });
  const write = (level: LogLevel, message: string) => {
    const descriptor = file;
    if (descriptor === undefined) return;
    const line = renderLogLine(host.clock.nowMs(), level, host.redaction.redact(message));
    attempt(() => writeSync(descriptor, `${line}\n`));
  };
  // GitHub shows ten errors a step: these belong to the items of the report, each with its hint.
  const levels = { DEBUG: 'debug', INFO: 'info', WARNING: 'warning', ERROR: 'info' } as const;
  return {
    say(level, message) {
      write(level, message);
      host.log[levels[level]](message);
    },
    note: (message) => write('INFO', message),
    close() {
      const descriptor = file;
      file = undefined;
      if (descriptor !== undefined) attempt(() => closeSync(descriptor));
    },
  };
}
