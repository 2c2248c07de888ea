import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ProcessId } from './fleet-order.ts';
import { FLEET_MARK, findFamily } from './proc/family.ts';
import {
  bootId,
  hasProc,
  isAlive,
  readCommandLine,
  readEnvironment,
  signalProcess,
} from './proc/process-table.ts';
import { readRecord } from './state-file.ts';
import type { FleetRecord } from './state-file.ts';

const TERM_GRACE_MS = 2_000;
const POLL_MS = 50;
/** After SIGKILL a process is gone as soon as the kernel comes to it. */
const KILL_GRACE_MS = 2_000;

/** What was found of a fleet whose supervisor does not answer. */
export interface Reaped {
  /** Pids that were ended. */
  readonly ended: readonly number[];
  /** Pids that are still there, in spite of SIGKILL. */
  readonly left: readonly number[];
}

/**
 * Removes what a killed, hung or crashed supervisor left behind. A pid counts only if its start time matches the
 * record and, where that can be read, its mark: after a reboot, or when the pid was used again, it is somebody
 * else's and is left alone.
 */
export async function reap(stateDirectory: string): Promise<Reaped> {
  const record = readRecord(stateDirectory);
  if (record === undefined || record.bootId !== bootId()) {
    rmSync(stateDirectory, { recursive: true, force: true });
    return { ended: [], left: [] };
  }
  const supervisor = isSupervisor(record) ? [record.supervisor.pid] : [];
  // First the supervisor, so that it does not restart what is being ended.
  for (const pid of supervisor) signalProcess(pid, 'SIGKILL');
  const ended = [...supervisor, ...leftovers(record)];
  for (const pid of leftovers(record)) signalProcess(pid, 'SIGTERM');
  await untilGone(record, TERM_GRACE_MS);
  for (const pid of leftovers(record)) signalProcess(pid, 'SIGKILL');
  await untilGone(record, KILL_GRACE_MS);
  const left = leftovers(record);
  if (left.length === 0) rmSync(stateDirectory, { recursive: true, force: true });
  return { ended, left };
}

function isSupervisor({ supervisor }: FleetRecord): boolean {
  if (supervisor.pid === process.pid || !isAlive(supervisor)) return false;
  // Its title replaces its command line once it runs.
  return !hasProc || /supervis/.test(readCommandLine(supervisor.pid));
}

function leftovers(record: FleetRecord): readonly number[] {
  const marked = findFamily({ fleetId: record.fleetId }).map(({ pid }) => pid);
  const recorded = Object.values(record.servers)
    .filter((id) => isOwn(id, record.fleetId))
    .map(({ pid }) => pid);
  return [...new Set([...marked, ...recorded])];
}

function isOwn(id: ProcessId, fleetId: string): boolean {
  if (id.startTime === '' || !isAlive(id)) return false;
  const environment = readEnvironment(id.pid);
  return environment === undefined ? !hasProc : environment.includes(`${FLEET_MARK}=${fleetId}`);
}

async function untilGone(record: FleetRecord, limitMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < limitMs && leftovers(record).length > 0; waitedMs += POLL_MS)
    await sleep(POLL_MS);
}
