import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process that outlived its job. */
export interface Orphan {
  readonly pid: number;
  readonly name: string;
}

/** The variable by which the runner knows the processes of a job. */
export const TRACKING_VARIABLE = 'RUNNER_TRACKING_ID';

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // gone, or another user's
  }
}

function findInProc(marker: string): Orphan[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => readProc(pid, 'environ').split('\0').includes(marker))
    .filter((pid) => !/^State:\s+Z/m.test(readProc(pid, 'status')))
    .map((pid) => ({ pid: Number(pid), name: readProc(pid, 'comm').trim() }));
}

/** Where there is no /proc, `ps eww` shows the environment of this user's processes (macOS, BSD). */
function findWithPs(marker: string): Orphan[] {
  try {
    const output = execFileSync('ps', ['eww', '-ax', '-o', 'pid=,command='], { encoding: 'utf8' });
    return output
      .split('\n')
      .filter((line) => line.includes(marker))
      .map((line) => ({ pid: Number.parseInt(line, 10), name: line.trim().split(/\s+/)[1] ?? '' }))
      .filter(({ pid }) => Number.isInteger(pid));
  } catch {
    return [];
  }
}

/** @returns the living processes whose environment carries the tracking id, except this one. */
function findTracked(trackingId: string): Orphan[] {
  const marker = `${TRACKING_VARIABLE}=${trackingId}`;
  const found = process.platform === 'linux' ? findInProc(marker) : findWithPs(marker);
  return found.filter(({ pid }) => pid !== process.pid);
}

/** A process may start another, or change its program, while the list is read: look again, but not for ever. */
const MAX_SWEEPS = 10;
const EMPTY_SWEEPS = 2;

const openJobs = new Set<string>();

/** If this process ends in the middle of a job, the job's processes end with it. */
process.on('exit', () => {
  for (const trackingId of openJobs) reapProcesses(trackingId);
});

/** Notes that a job has begun, so that its processes do not outlive this one. */
export function openTracking(trackingId: string): void {
  openJobs.add(trackingId);
}

/** Ends a job: {@link reapProcesses}, for the last time. */
export function closeTracking(trackingId: string): Orphan[] {
  openJobs.delete(trackingId);
  return reapProcesses(trackingId);
}

/** Kills every process of a job that is still there, as the runner does at the job's end. */
function reapProcesses(trackingId: string): Orphan[] {
  const reaped = new Map<number, Orphan>();
  let empty = 0;
  for (let sweep = 0; sweep < MAX_SWEEPS && empty < EMPTY_SWEEPS; sweep++) {
    const found = findTracked(trackingId);
    empty = found.length === 0 ? empty + 1 : 0;
    for (const orphan of found) {
      reaped.set(orphan.pid, orphan);
      try {
        process.kill(orphan.pid, 'SIGKILL');
      } catch {
        // it ended by itself
      }
    }
  }
  return [...reaped.values()];
}
