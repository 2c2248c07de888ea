import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { SophiaError } from '@sophia/core/errors';

import { makeDeploymentsFolder } from './deployment-files.ts';
import type { EnvironmentLock, LockRequest } from './journal-store.ts';

/** Who holds the lock of an environment on this machine. */
export interface LockHolder {
  readonly deploymentId: string;
  readonly pid: number;
  /** When that process started, in the kernel's ticks: a number that is used again is another process. */
  readonly processStart: string;
  readonly host: string;
}

/**
 * Takes the lock of an environment: one deployment at a time in a working directory. A lock whose process is gone is
 * taken over.
 *
 * @throws SophiaError `state` where another deployment runs
 */
export async function takeEnvironmentLock(directory: string, request: LockRequest): Promise<EnvironmentLock> {
  const path = join(await makeDeploymentsFolder(directory), `.${request.environment}.lock`);
  const own = await self(request.deploymentId);
  const partial = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(partial, JSON.stringify(own));
  try {
    const holder = await takeAt(path, partial);
    if (holder === undefined) return { takenFrom: undefined, release: () => rm(path, { force: true }) };
    if (await isAlive(holder)) throw held(request.environment, holder);
    await rm(path, { force: true });
    const other = await takeAt(path, partial);
    if (other !== undefined) throw held(request.environment, other);
    const takenFrom = { deploymentId: holder.deploymentId, reason: `process ${holder.pid} is gone` };
    return { takenFrom, release: () => rm(path, { force: true }) };
  } finally {
    await rm(partial, { force: true });
  }
}

/** A hard link is made whole or not at all. @returns who has the lock, if not we */
async function takeAt(path: string, partial: string): Promise<LockHolder | undefined> {
  try {
    await link(partial, path);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readHolder(path);
  }
}

const NOBODY: LockHolder = { deploymentId: 'unknown', pid: 0, processStart: '', host: '' };

async function readHolder(path: string): Promise<LockHolder> {
  try {
    return { ...NOBODY, ...(JSON.parse(await readFile(path, 'utf8')) as Partial<LockHolder>) };
  } catch {
    return NOBODY;
  }
}

async function self(deploymentId: string): Promise<LockHolder> {
  return { deploymentId, pid: process.pid, processStart: await processStart(process.pid), host: hostname() };
}

/** A holder on another machine (a shared folder) cannot be seen, so it counts as alive. */
async function isAlive(holder: LockHolder): Promise<boolean> {
  if (holder.pid === 0) return false;
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return (await processStart(holder.pid)) === holder.processStart;
}

const DEAD = 'dead';

/** Fields 3 and 22 of /proc/PID/stat (proc_pid_stat(5)): state and start; empty where the system has no such file. */
async function processStart(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? DEAD : (fields[19] ?? '');
}

const held = (environment: string, holder: LockHolder) =>
  new SophiaError('state', {
    message: `the deployment ${holder.deploymentId} to ${environment} is running (process ${holder.pid} on ${holder.host})`,
    hint: 'wait until it has ended; if that machine is gone, remove the lock file in logs/deployments',
  });
