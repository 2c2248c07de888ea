import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { SophiaError } from '@sophia/core/errors';
import type { FleetSnapshot } from '@sophia/core/fleet/fleet-snapshot';

import type { Variables } from '../host/host.ts';
import { askSupervisor } from './control-socket.ts';
import type { FleetOrder } from './fleet-order.ts';
import { makeStateDirectory } from './state-directory.ts';

/** The program that becomes the supervisor, by the argument `supervise`: this very bundle. */
export type SupervisorProgram = readonly [string, ...string[]];

export interface LaunchRequest {
  readonly stateDirectory: string;
  readonly order: FleetOrder;
  readonly program: SupervisorProgram;
  readonly variables: Variables;
}

const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'RUNNER_TRACKING_ID', 'NODE_EXTRA_CA_CERTS'];
/** One arena for all threads (mallopt(3)): 6 MB less with twelve servers, for a program that computes on one thread. */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' };
const LAUNCH_TIMEOUT_MS = 20_000;
const POLL_MS = 5;
const SHOWN_BYTES = 2_000;

/**
 * Starts a supervisor, detached from this process and its terminal, and hands it its order.
 *
 * @throws SophiaError `environment` where it ends or says nothing within 20 s, with what it wrote
 */
export async function launchSupervisor(request: LaunchRequest): Promise<FleetSnapshot> {
  const { stateDirectory, order, program, variables } = request;
  makeStateDirectory(stateDirectory);
  const logPath = join(stateDirectory, 'supervisor.log');
  const log = openSync(logPath, 'a', 0o600);
  const [command, ...args] = program;
  const child = spawn(command, [...args, 'supervise', stateDirectory], {
    detached: true,
    cwd: stateDirectory,
    env: { ...ONE_ARENA, ...Object.fromEntries(PASSED_ON.map((name) => [name, variables[name]])) },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify(order));
  const snapshot = await firstAnswer(stateDirectory, child);
  child.unref();
  if (snapshot !== undefined) return snapshot;
  throw new SophiaError('environment', {
    message: `the supervisor of the fleet did not start: ${lastWords(logPath)}`,
    hint: 'look whether the disk is full, and report it if this goes on',
  });
}

async function firstAnswer(stateDirectory: string, child: ChildProcess): Promise<FleetSnapshot | undefined> {
  const deadline = performance.now() + LAUNCH_TIMEOUT_MS;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  while (performance.now() < deadline && !hasEnded()) {
    const signal = AbortSignal.timeout(LAUNCH_TIMEOUT_MS);
    const snapshot = await askSupervisor({ stateDirectory, request: { ask: 'status' }, signal }).catch(
      () => undefined,
    );
    if (snapshot !== undefined) return snapshot;
    await sleep(POLL_MS);
  }
  child.kill('SIGKILL');
  return undefined;
}

function lastWords(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(-SHOWN_BYTES).replace(/\s+/g, ' ').trim() || 'it said nothing';
  } catch {
    return 'it said nothing';
  }
}
