import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process; its pid alone means nothing, because pids are used again: pid and start time together name it. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Opaque; two processes with the same pid differ in it (Linux: /proc/PID/stat field 22). */
  readonly startTime: string;
  /** A process that has ended, and that nobody has asked about yet. */
  readonly zombie: boolean;
}

/** True where `/proc` tells what belongs to whom; without it (macOS) some things cannot be proven, and that is said. */
export const hasProc = process.platform === 'linux';

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process is gone, or somebody else's.
    return undefined;
  }
}

function parseStat(pid: number, text: string): ProcessFacts {
  // The name stands in parentheses and may hold any character, spaces and parentheses too (man 5 proc_pid_stat).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => fields[number - 3] ?? '';
  return {
    pid,
    parent: Number(field(4)),
    group: Number(field(5)),
    session: Number(field(6)),
    startTime: field(22),
    zombie: field(3) === 'Z' || field(3) === 'X',
  };
}

/** @returns the facts of a process, or undefined where there is none with that pid. */
export function readProcess(pid: number): ProcessFacts | undefined {
  if (!hasProc) return readWithPs(pid);
  const text = read(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(pid, text);
}

function readWithPs(pid: number): ProcessFacts | undefined {
  try {
    const args = ['-o', 'ppid=,pgid=,sess=,stat=,lstart=', '-p', String(pid)];
    const [parent, group, , state, ...started] = execFileSync('ps', args, { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    const zombie = state?.startsWith('Z') ?? false;
    return {
      pid,
      parent: Number(parent),
      group: Number(group),
      session: 0,
      startTime: started.join(' '),
      zombie,
    };
  } catch {
    return undefined;
  }
}

/** @returns the pid of every process that can be seen; none without `/proc`. */
export function listPids(): readonly number[] {
  if (!hasProc) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** @returns every process that can be seen but these; none without `/proc`. */
export function listProcesses(except: ReadonlySet<number>): readonly ProcessFacts[] {
  return listPids().flatMap((pid) => {
    const facts = except.has(pid) ? undefined : readProcess(pid);
    return facts === undefined || facts.zombie ? [] : [facts];
  });
}

/** @returns true where that very process still runs. */
export function isAlive({ pid, startTime }: Pick<ProcessFacts, 'pid' | 'startTime'>): boolean {
  const facts = readProcess(pid);
  return facts !== undefined && !facts.zombie && facts.startTime === startTime;
}

/** @returns the variables that a process was started with; undefined where that cannot be read. */
export function readEnvironment(pid: number): readonly string[] | undefined {
  return hasProc ? read(`/proc/${pid}/environ`)?.split('\0') : undefined;
}

/** @returns the command line of a process, for people; empty where it cannot be read. */
export function readCommandLine(pid: number): string {
  const text = hasProc ? read(`/proc/${pid}/cmdline`) : undefined;
  return (text ?? '').replaceAll('\0', ' ').trim();
}

/** @returns what differs after every start of the machine; empty where the machine does not tell. */
export function bootId(): string {
  return (hasProc ? read('/proc/sys/kernel/random/boot_id') : undefined)?.trim() ?? '';
}

/** Sends a signal to one process. @returns false where it is gone already */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
