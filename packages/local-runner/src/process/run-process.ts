import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { messageOf, SophiaError } from '@sophia/core/errors';
import type { CancelTiming } from '../run-options.ts';

/** A program to run. It becomes the leader of its own process group, out of reach of the terminal's Ctrl-C. */
export interface ProcessCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** Aborted: interrupt, then terminate, then kill. */
  readonly signal: AbortSignal;
  readonly timing: CancelTiming;
}

/** After a program's exit its background children may hold its output open: the runner waits this long. */
const DRAIN_MS = 5000;

/** A longer line is passed on in pieces, so that a program without newlines cannot fill the memory. */
const MAX_LINE = 1 << 20;

const running = new Set<ChildProcess>();

/** If this process ends early nothing that it started may stay. */
process.on('exit', () => {
  for (const child of running) killGroup(child, 'SIGKILL');
});

/** Signals the program and all that it started and that stayed in its group. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

function splitLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const push = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
    if (rest.length > MAX_LINE) {
      onLine(rest);
      rest = '';
    }
  };
  stream.on('data', (chunk: Buffer) => push(decoder.write(chunk)));
  stream.on('close', () => {
    const last = rest + decoder.end();
    if (last !== '') onLine(last);
  });
}

/** Interrupts as the runner does: SIGINT, then SIGTERM, then the end of the whole group. */
function cancelLater(child: ChildProcess, signal: AbortSignal, timing: CancelTiming): () => void {
  const timers: NodeJS.Timeout[] = [];
  const cancel = (): void => {
    child.kill('SIGINT');
    timers.push(setTimeout(() => child.kill('SIGTERM'), timing.interruptMs));
    timers.push(setTimeout(() => killGroup(child, 'SIGKILL'), timing.interruptMs + timing.terminateMs));
  };
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  return () => {
    signal.removeEventListener('abort', cancel);
    for (const timer of timers) clearTimeout(timer);
  };
}

function exited(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

function drained(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve();
    }, DRAIN_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Runs a program to its end and passes on its lines.
 *
 * @returns the exit code; 128 and the signal's number if a signal ended it
 * @throws SophiaError `environment` if it cannot be started
 */
export async function runProcess(call: ProcessCall): Promise<number> {
  const child = spawn(call.command, call.args, {
    cwd: call.cwd,
    env: call.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  const closed = drainedAfterExit(child);
  splitLines(child.stdout, call.onLine);
  splitLines(child.stderr, call.onLine);
  const stopCancelling = cancelLater(child, call.signal, call.timing);
  try {
    return await closed;
  } catch (cause) {
    throw new SophiaError('environment', {
      message: `'${call.command}' cannot be started: ${messageOf(cause)}`,
      hint: `check that the program is installed and that ${call.cwd} is a folder`,
      cause,
    });
  } finally {
    stopCancelling();
    running.delete(child);
  }
}

async function drainedAfterExit(child: ChildProcess): Promise<number> {
  let closed = false;
  child.once('close', () => (closed = true));
  const code = await exited(child);
  if (!closed) await drained(child);
  return code;
}
