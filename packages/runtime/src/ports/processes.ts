import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';

/** A program that was run to its end: its exit code (128 + signal number where a signal ended it) and its output. */
export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface Command {
  readonly words: readonly [string, ...string[]];
  readonly directory: string;
  /** The whole environment of the child; nothing is inherited. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const MOST_BEGINNING = 1_000_000;
const MOST_END = 64_000;
const TERM_GRACE_MS = 1_000;
const PIPE_GRACE_MS = 200;

/**
 * Runs a program without a shell, in a process group of its own, and collects its output (the first megabyte of
 * each stream, and of a longer one the whole lines among its last 64,000 characters). At the timeout, or when the signal is aborted, the whole group gets SIGTERM, then SIGKILL.
 * A program that cannot be started has exit code 127 and the reason in `stderr`.
 */
export function runProgram(command: Command): Promise<Finished> {
  const [program, ...args] = command.words;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: command.directory,
      env: command.variables,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let timedOut = false;
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    const end = () => stopGroup(child.pid);
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, command.timeoutMs);
    command.signal?.addEventListener('abort', end, { once: true });
    let exitCode = 127;
    const finish = () => {
      clearTimeout(timer);
      command.signal?.removeEventListener('abort', end);
      resolve({ exitCode, stdout: stdout(), stderr: `${stderr()}${problem}`, timedOut });
    };
    let problem = '';
    child.on('error', (error) => {
      problem = whyNotStarted(error, command);
      finish();
    });
    child.on('close', finish);
    child.on('exit', (code, signal) => {
      exitCode = code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
      // A grandchild may keep the pipes open for ever: then what came until now is what counts.
      setTimeout(finish, PIPE_GRACE_MS).unref();
    });
  });
}

/** @returns why a program could not be started: the system says the same where it or its folder is not there. */
export function whyNotStarted(
  error: NodeJS.ErrnoException,
  { words: [program], directory }: Pick<Command, 'words' | 'directory'>,
): string {
  if (error.code !== 'ENOENT') return error.message;
  if (!existsSync(directory)) return `the folder ${directory} does not exist`;
  return program.includes('/') ? `${program} does not exist` : `${program} is not in PATH`;
}

/** @returns what has come of a stream: a flood's end tells more than its middle. No line is begun in its midst. */
function collect(stream: Readable): () => string {
  let beginning = '';
  let end = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const room = MOST_BEGINNING - beginning.length;
    beginning += text.slice(0, room);
    end = (end + text.slice(room)).slice(-2 * MOST_END);
  });
  return () => {
    if (end.length <= MOST_END) return beginning + end;
    const kept = end.slice(-MOST_END);
    return `${beginning}\n${kept.slice(kept.indexOf('\n') + 1 || kept.length)}`;
  };
}

function stopGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  if (dying.size === 0) process.on('exit', killDying);
  dying.add(pid);
  setTimeout(() => {
    dying.delete(pid);
    if (dying.size === 0) process.off('exit', killDying);
    signalGroup(pid, 'SIGKILL');
  }, TERM_GRACE_MS);
}

/** Groups within their grace. Whoever started them may end before it is over: then they end with it, not after it. */
const dying = new Set<number>();

function killDying(): void {
  for (const pid of dying) signalGroup(pid, 'SIGKILL');
}

/** Sends a signal to a process group; one that is gone already is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
