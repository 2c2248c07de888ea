import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { SophiaError } from '@sophia/core/errors';
import type { ServerFault } from '@sophia/core/fleet/server-status';

import { notStarted } from '../mcp/probe-mcp.ts';
import type { Pipes } from '../mcp/pipe-transport.ts';
import { signalGroup } from '../ports/processes.ts';
import type { OrderedServer } from './fleet-order.ts';
import { FLEET_MARK, findFamily, SERVER_MARK } from './proc/family.ts';
import { hasProc, listPids, readProcess, signalProcess } from './proc/process-table.ts';
import type { ServerLog } from './server-log.ts';

/** A server that runs. */
export interface ServerProcess {
  readonly pid: number;
  readonly startTime: string;
  /** The processes that were there before it: none of them can be of its family. */
  readonly elders: ReadonlySet<number>;
  /** Present where it speaks MCP over its pipes. */
  readonly pipes: Pipes | undefined;
  /** Resolves when the process itself has ended; what it left behind may still run. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Which server to start, as part of which fleet. */
export interface StartRequest {
  readonly server: OrderedServer;
  readonly fleetId: string;
  readonly log: ServerLog;
}

/** A server that could not be started, as an exception. */
export class NotStarted extends SophiaError {
  readonly fault: ServerFault;

  constructor(fault: ServerFault) {
    super('environment', fault);
    this.fault = fault;
  }
}

/**
 * Starts a server in a session of its own, marked, with its output drained into its log.
 *
 * @throws NotStarted where there is no such program or folder, or it may not be run
 */
export async function startProcess({ server, fleetId, log }: StartRequest): Promise<ServerProcess> {
  const { spec, directory, variables } = server;
  requireDirectory(directory);
  const [program, ...args] = spec.command;
  const speaks = spec.health.stdio === true;
  const elders = new Set(listPids());
  const child = await spawned(program, () =>
    spawn(program, args, {
      cwd: directory,
      env: { ...variables, [FLEET_MARK]: fleetId, [SERVER_MARK]: spec.name },
      detached: true,
      stdio: [speaks ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    }),
  );
  const { pid = 0, stdin, stdout, stderr } = child;
  stderr?.on('data', (chunk: Buffer) => log.write('stderr', chunk));
  if (!speaks) stdout?.on('data', (chunk: Buffer) => log.write('stdout', chunk));
  return {
    pid,
    startTime: readProcess(pid)?.startTime ?? '',
    elders,
    pipes: speaks && stdin !== null && stdout !== null ? { stdin, stdout } : undefined,
    exited: new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal }))),
  };
}

function requireDirectory(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new NotStarted({
    category: 'configuration',
    message: `its working directory does not exist: ${directory}`,
    hint: 'correct working-directory (default: a folder with the name of the server, under root)',
  });
}

function spawned(program: string, start: () => ChildProcess): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new NotStarted(notStarted(program, error)));
    try {
      const child = start();
      child.once('error', fail);
      child.once('spawn', () => resolve(child));
    } catch (error) {
      // Arguments that no program can have are thrown, not emitted.
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/** Whose processes to end. */
export interface KillRequest {
  readonly fleetId: string;
  readonly server: string;
  readonly process: Pick<ServerProcess, 'pid' | 'exited'>;
  readonly stopTimeoutMs: number;
}

/** Sends a signal to the group of a server and to everything else that is its own. */
export function signalFamily(
  { fleetId, server, process }: Omit<KillRequest, 'stopTimeoutMs'>,
  signal: NodeJS.Signals,
): void {
  // The family is looked up first: when its root is gone, its descendants have another parent.
  const family = findFamily({ fleetId, server, root: process.pid });
  signalGroup(process.pid, signal);
  for (const { pid, group } of family) if (group !== process.pid) signalProcess(pid, signal);
}

/** SIGTERM to the whole family, and SIGKILL after the stop-timeout; resolves when the process itself has ended. */
export async function stopGently(request: KillRequest): Promise<void> {
  signalFamily(request, 'SIGTERM');
  const controller = new AbortController();
  const late = sleep(request.stopTimeoutMs, 'late', { signal: controller.signal }).catch(() => 'ended');
  const outcome = await Promise.race([request.process.exited, late]);
  controller.abort();
  if (outcome === 'late') signalFamily(request, 'SIGKILL');
  await request.process.exited;
}

const STRAY_GRACE_MS = 500;
const STRAY_POLL_MS = 25;

/** Ends whatever a server has left behind: those that were asked to go get a moment, then SIGKILL. */
export async function sweepStrays(
  request: Omit<KillRequest, 'stopTimeoutMs'>,
  graceMs = STRAY_GRACE_MS,
): Promise<void> {
  if (!hasProc) return signalGroup(request.process.pid, 'SIGKILL');
  const query = { fleetId: request.fleetId, server: request.server, root: request.process.pid };
  for (let waitedMs = 0; waitedMs < graceMs; waitedMs += STRAY_POLL_MS) {
    if (findFamily(query).length === 0) return;
    await sleep(STRAY_POLL_MS);
  }
  for (const { pid } of findFamily(query)) signalProcess(pid, 'SIGKILL');
}
