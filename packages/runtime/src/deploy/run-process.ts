import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

import type { StopReason } from '@sophia/core/deploy/event';
import { messageOf } from '@sophia/core/errors';

import { signalGroup, whyNotStarted } from '../ports/processes.ts';

/** From SIGTERM to SIGKILL, at a timeout or because a phase beside failed. */
const TERM_GRACE_MS = 5_000;
/** A cancelled run ends within 7 s (runner notes): SIGINT at once, then these. */
const CANCEL_TERM_MS = 2_500;
const CANCEL_KILL_MS = 4_500;
/** A program that left children behind may never close its pipes: so long after its end they are listened to. */
const PIPE_GRACE_MS = 200;
const NOT_STARTED = 127;

export interface ProcessRequest {
  readonly words: readonly [string, ...string[]];
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Default: nothing to read. */
  readonly stdin?: string;
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
}

export interface ProcessEnd {
  /** 128 + the signal's number where a signal ended it; 127 where it could not be started. */
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly stopped: StopReason | null;
  /** Why it could not be started; else empty. */
  readonly problem: string;
}

export interface RunningProcess {
  readonly ended: Promise<ProcessEnd>;
  /** Ends the program and all of its group: gently, then by force. */
  stop(reason: StopReason): void;
}

/**
 * Runs a program in a process group of its own and streams its output. Its end is the end of the program itself: what
 * it left running goes on after a success, and is killed after a failure.
 */
export function runProcess(request: ProcessRequest): RunningProcess {
  let child: ChildProcess;
  try {
    child = spawn(request.words[0], request.words.slice(1), {
      cwd: request.directory,
      env: request.variables,
      detached: true,
      stdio: [request.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    // An environment that is too large is thrown, not emitted.
    const ended = { exitCode: NOT_STARTED, timedOut: false, stopped: null, problem: messageOf(error) };
    return { ended: Promise.resolve(ended), stop: () => undefined };
  }
  return supervise(child, request);
}

function supervise(child: ChildProcess, request: ProcessRequest): RunningProcess {
  const { timeoutMs, onOutput, stdin } = request;
  const timers = new Set<NodeJS.Timeout>();
  const later = (act: () => void, delayMs: number) => void timers.add(setTimeout(act, delayMs));
  const group = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined) signalGroup(child.pid, signal);
  };
  const terminate = () => {
    group('SIGTERM');
    later(() => group('SIGKILL'), TERM_GRACE_MS);
  };
  let timedOut = false;
  let stopped: StopReason | null = null;
  later(() => {
    timedOut = true;
    terminate();
  }, timeoutMs);
  listen(child, onOutput);
  // A program that ends before it has read everything says by its exit code what that means.
  child.stdin?.on('error', () => undefined).end(stdin);
  const ended = endOf(child, request).then(({ exitCode, problem }): ProcessEnd => {
    for (const timer of timers) clearTimeout(timer);
    if (exitCode !== 0) group('SIGKILL');
    return { exitCode, problem, timedOut, stopped: exitCode === 0 ? null : stopped };
  });
  return {
    ended,
    stop(reason) {
      if (stopped !== null) return;
      stopped = reason;
      if (reason !== 'cancelled') return terminate();
      group('SIGINT');
      later(() => group('SIGTERM'), CANCEL_TERM_MS);
      later(() => group('SIGKILL'), CANCEL_KILL_MS);
    },
  };
}

function listen(child: ChildProcess, onOutput: ProcessRequest['onOutput']): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk: Buffer) => onOutput(stream, chunk));
  }
}

function endOf(child: ChildProcess, request: ProcessRequest): Promise<{ exitCode: number; problem: string }> {
  return new Promise((resolve) => {
    let exitCode = NOT_STARTED;
    const finish = (problem = '') => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ exitCode, problem });
    };
    child.on('error', (error) => finish(whyNotStarted(error, request)));
    child.on('close', () => finish());
    child.on('exit', (code, signal) => {
      exitCode = code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
      setTimeout(finish, PIPE_GRACE_MS).unref();
    });
  });
}
