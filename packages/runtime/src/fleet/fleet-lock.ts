import { mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { SophiaError } from '@sophia/core/errors';

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

/** A link that leads nowhere and says who holds it: it appears whole, and a full disk has room for it. */
function take(path: string): boolean {
  try {
    symlinkSync(`${process.pid}:${readProcess(process.pid)?.startTime ?? ''}`, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!holderIsAlive(path)) rmSync(path, { force: true });
    return false;
  }
}

function holderIsAlive(path: string): boolean {
  try {
    const [, pid = '', startTime = ''] = /^(\d+):(.*)$/.exec(readlinkSync(path)) ?? [];
    return isAlive({ pid: Number(pid), startTime });
  } catch (error) {
    // Gone meanwhile: the next look tells. What is no link is no lock of ours.
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

const held = (path: string) =>
  new SophiaError('state', {
    message: 'somebody else is starting or stopping this fleet',
    hint: `wait for them; if nobody is, remove ${path}`,
  });
