import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** @returns the CPU time of a process, with that of its children that have ended, in s (man 5 proc_pid_stat, fields 14 to 17) */
export function cpuSeconds(pid: number | 'self'): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return sum(fields.slice(11, 15).map(Number)) / TICKS_A_SECOND;
}

/** @returns what all cores together have worked since the machine started, in s (man 5 proc_stat: all but idle and iowait) */
export function busySeconds(): number {
  const [, ...fields] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/);
  // Time of guests is in the first two already.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields.map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_A_SECOND;
}

/** @returns the memory of a process that is resident, in MB of 10^6 bytes */
export function residentMb(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kib) * 1024) / 1e6;
}

/** @returns the sum of numbers. */
export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
