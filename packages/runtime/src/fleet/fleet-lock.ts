import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { SophiaError } from '@sophia/core/errors';

import type { ProcessId } from './fleet-order.ts';
import { isAlive, readProcess } from './proc/process-table.ts';

const WAIT_MS = 60_000;
const POLL_MS = 50;

/**
 * Runs an act on a fleet while nobody else starts or stops it. The lock of a process that is gone is taken over.
 *
 * @throws SophiaError `state` where somebody holds it for longer than a minute
 */
export async function withFleetLock<T>(stateDirectory: string, act: () => Promise<T>): Promise<T> {
  const path = `${stateDirectory}.lock`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (let waitedMs = 0; !take(path); waitedMs += POLL_MS) {
    if (waitedMs > WAIT_MS) throw held(path);
    await sleep(POLL_MS);
  }
  try {
    return await act();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  const own: ProcessId = { pid: process.pid, startTime: readProcess(process.pid)?.startTime ?? '' };
  try {
    // A link appears whole: nobody ever reads a lock that is half written.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
    try {
      linkSync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!holderIsAlive(path)) rmSync(path, { force: true });
    return false;
  }
}

function holderIsAlive(path: string): boolean {
  try {
    return isAlive(JSON.parse(readFileSync(path, 'utf8')) as ProcessId);
  } catch (error) {
    // Gone meanwhile, or being written just now: the next look tells. Anything else in there is no lock of ours.
    return !(error instanceof SyntaxError);
  }
}

const held = (path: string) =>
  new SophiaError('state', {
    message: 'somebody else is starting or stopping this fleet',
    hint: `wait for them; if nobody is, remove ${path}`,
  });
