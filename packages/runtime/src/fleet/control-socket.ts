import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { SophiaError } from '@sophia/core/errors';
import type { FleetSnapshot } from '@sophia/core/fleet/fleet-snapshot';

import { SOCKET_NAME } from './control-protocol.ts';
import type { ControlAnswer, ControlRequest } from './control-protocol.ts';
import type { Supervisor } from './supervisor.ts';

/** The path of a socket has so many bytes at most (sun_path: 108 on Linux, 104 on macOS, with its end). */
const LONGEST_PATH = 100;

/**
 * Calls with a path to the socket that is short enough: RUNNER_TEMP may lie deep, so a long folder is reached over a
 * link in a new folder of this user's own.
 */
async function withSocketPath<T>(stateDirectory: string, act: (path: string) => Promise<T>): Promise<T> {
  const path = join(stateDirectory, SOCKET_NAME);
  if (Buffer.byteLength(path) <= LONGEST_PATH) return await act(path);
  const folder = mkdtempSync(join(tmpdir(), 'sophia-'));
  try {
    symlinkSync(stateDirectory, join(folder, 's'));
    return await act(join(folder, 's', SOCKET_NAME));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens a supervisor's socket. `onStop` is called once the stop was answered. */
export async function openControlSocket(supervisor: Supervisor, onStop: () => void): Promise<Server> {
  const server = createServer((socket) => serve(socket, supervisor, onStop));
  await withSocketPath(
    supervisor.stateDirectory,
    (path) =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, resolve);
      }),
  );
  return server;
}

function serve(socket: Socket, supervisor: Supervisor, onStop: () => void): void {
  // What is said in one turn goes out as one write: each wakes whoever listens.
  const say = (answer: ControlAnswer) => {
    if (!socket.writable) return;
    if (socket.writableCorked === 0) {
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    socket.write(`${JSON.stringify(answer)}\n`);
  };
  const unwatch = supervisor.watch({ onLine: (line) => say({ line }), onChange: () => checkSettled() });
  let waiting = false;
  const finish = (then: () => void = () => undefined) => {
    unwatch();
    say({ done: supervisor.snapshot() });
    socket.end(then);
  };
  const checkSettled = () => {
    if (waiting && supervisor.isSettled) {
      waiting = false;
      finish();
    }
  };
  socket.on('error', unwatch);
  socket.on('close', unwatch);
  linesOf(socket, (text) => {
    const request = JSON.parse(text) as ControlRequest;
    if (request.ask === 'status') return finish();
    if (request.ask === 'stop') {
      return void supervisor.stop().then(() => finish(onStop));
    }
    if (request.ask === 'restart') supervisor.restart(request.names);
    waiting = true;
    checkSettled();
  });
}

/** A broken socket shows in its `close`; readline would throw its error a second time. */
function linesOf(socket: Socket, take: (line: string) => void): void {
  createInterface({ input: socket })
    .on('line', take)
    .on('error', () => undefined);
}

/** A question to a running supervisor. */
export interface ControlQuestion {
  readonly stateDirectory: string;
  readonly request: ControlRequest;
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the supervisor of a folder.
 *
 * @returns undefined where none answers
 * @throws SophiaError `cancelled` where the signal was aborted, `state` where the supervisor ended before its answer
 */
export async function askSupervisor(question: ControlQuestion): Promise<FleetSnapshot | undefined> {
  return await withSocketPath(question.stateDirectory, (path) => exchange(path, question));
}

function exchange(
  path: string,
  { request, onLine, signal }: ControlQuestion,
): Promise<FleetSnapshot | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let answer: FleetSnapshot | undefined;
    let connected = false;
    const abort = () => {
      socket.destroy();
      reject(cancelled());
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    socket.once('connect', () => {
      connected = true;
      socket.write(`${JSON.stringify(request)}\n`);
    });
    linesOf(socket, (text) => {
      const said = JSON.parse(text) as ControlAnswer;
      if ('line' in said) onLine?.(said.line);
      else answer = said.done;
    });
    // Nobody listens, or it ended: both show in `close`.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      signal?.removeEventListener('abort', abort);
      if (answer !== undefined || !connected) resolve(answer);
      else reject(new SophiaError('state', endedEarly));
    });
  });
}

const endedEarly = {
  message: 'the supervisor of the fleet ended before it had answered',
  hint: 'start the fleet again: it first removes what the old one left behind',
};

const cancelled = () =>
  new SophiaError('cancelled', { message: 'the wait for the fleet was cancelled', hint: 'run it again' });
