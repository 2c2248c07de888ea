// For callers (the gate's kind `fleet`, deploy-phase's step `fleet: start`, mcp-orchestrate, the CLI):
//
//   const result = await startFleet({ session, config });   // config = loadConfig(session, [..., 'mcp'])
//   result.status   'success' | 'warning' | 'failure'        (judged by severity, as in a report)
//   result.items    one ReportItem a server, kind `mcp-server`; details.state is its state in the fleet
//   await stopFleet({ session, config });                    // the undo; a successful no-op where nothing runs
//   await fleetStatus({ session, config });                  // asks the running supervisor; `running: false` where none is
//
// The fleet is found by the configuration's path, so every step of a job that reads the same file means the same
// fleet. The supervisor is this bundle started again: `main.ts` must dispatch first, before anything else:
//
//   if (process.argv[2] === 'supervise') await (await import('@sophia/runtime/fleet/supervise')).supervise(process.argv[3] ?? '');
import { createHmac, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

import type { Config } from '@sophia/core/config/parse-config';
import { SophiaError } from '@sophia/core/errors';
import { fleetItems, fleetWarnings } from '@sophia/core/fleet/fleet-items';
import type { FleetSnapshot, ServerSnapshot } from '@sophia/core/fleet/fleet-snapshot';
import { serverUrl } from '@sophia/core/fleet/server-spec';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import type { ReportItem } from '@sophia/core/report/envelope';
import { judgeItems } from '@sophia/core/report/judge';

import { requireTrustedWorkspace } from '../config/trusted-source.ts';
import type { Session } from '../host/session.ts';
import { askSupervisor } from './control-socket.ts';
import { withFleetLock } from './fleet-lock.ts';
import type { FleetOrder, OrderedServer } from './fleet-order.ts';
import { launchSupervisor } from './launch.ts';
import type { SupervisorProgram } from './launch.ts';
import { loadFleet, requireServers } from './load-fleet.ts';
import type { LoadedFleet } from './load-fleet.ts';
import { reap } from './reap.ts';
import { serverEnvironment } from './server-environment.ts';
import { stateDirectoryOf } from './state-directory.ts';
import { findOwnerOfJob } from './watch-owner.ts';

/** Which fleet is meant, and what to do with how much of it. */
export interface FleetRequest {
  readonly session: Session;
  /** The configuration, read with at least the section `mcp`; undefined: the fleet is the registry's alone. */
  readonly config: Config<'mcp'> | undefined;
  /** Names of servers; default: all. What they need is started with them. */
  readonly names?: readonly string[];
  /** Path of a registry from the working directory, instead of the configuration's. */
  readonly registry?: string;
  /** How long the supervisor lives at most. Default: 6 h. */
  readonly maxLifetimeMs?: number;
  /** Ends the wait early, besides the host's own signal; a fleet whose start was cut short is stopped. */
  readonly signal?: AbortSignal;
  /** Called with one line for people whenever a server changes its state. */
  readonly onLine?: (line: string) => void;
  /** The program that becomes the supervisor. Default: this bundle. */
  readonly supervisor?: SupervisorProgram;
}

/** A fleet as it is. */
export interface FleetResult {
  readonly status: 'success' | 'warning' | 'failure';
  /** True where a supervisor runs. */
  readonly running: boolean;
  readonly items: readonly ReportItem[];
  /** What people should see of servers that are well, such as ports that others can reach. */
  readonly warnings: readonly { readonly name: string; readonly message: string }[];
  readonly stateDirectory: string;
}

const DEFAULT_LIFETIME_MS = 6 * 3_600_000;
/** A supervisor that says nothing for so long hangs. */
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * A supervisor works little and lives long. A small heap saves 15 MB with nine servers, and doing without the compilers
 * that optimise 8 MB with twelve, most of it pages of Node's own file (Node 24).
 */
const SMALL_HEAP = [
  ...['--max-semi-space-size=1', '--max-old-space-size=256'],
  ...['--no-opt', '--no-maglev', '--optimize-for-size'],
];

/** @returns the folder of the fleet that a request means. */
export const fleetDirectory = ({ session, registry = '' }: FleetRequest) =>
  stateDirectoryOf(session, registry);

/**
 * Starts the fleet and waits until each server is healthy or can no longer become so; where it runs already, only the
 * waiting is left.
 *
 * @throws SophiaError `configuration`, `trust`, `environment`; `cancelled` where a signal cut it short: then the fleet
 *   was told to stop
 */
export async function startFleet(request: FleetRequest): Promise<FleetResult> {
  const { session } = request;
  requireSupport();
  const fleet = await loadFleet(request);
  const servers = requireServers(fleet, request.names ?? []);
  await requireTrustedWorkspace(session);
  const stateDirectory = fleetDirectory(request);
  const order = orderOf(request, fleet, servers);
  const found = await withFleetLock(stateDirectory, () => makeRun(request, stateDirectory, order));
  // Whoever starts a fleet that runs wants it whole: what has failed in it gets another chance.
  const again = (found?.servers ?? []).filter(({ state }) => state === 'failed').map(({ name }) => name);
  const snapshot = await settle(request, stateDirectory, again.length > 0 ? again : undefined);
  return resultOf(snapshot, stateDirectory);
}

/**
 * Stops the fleet in reverse order and proves that nothing is left of it, also after a supervisor that was killed.
 *
 * @throws SophiaError `state` where a process survives SIGKILL
 */
export async function stopFleet(request: FleetRequest): Promise<FleetResult> {
  const stateDirectory = fleetDirectory(request);
  return await withFleetLock(stateDirectory, () => stopIn(stateDirectory, request.onLine));
}

/** Stops some servers and starts them again, with a clean record; the others go on. A fleet that does not run is started. */
export async function restartFleet(request: FleetRequest): Promise<FleetResult> {
  const stateDirectory = fleetDirectory(request);
  const running = await ask(stateDirectory);
  if (running === undefined) return await startFleet(request);
  const fleet = await loadFleet(request);
  const names =
    (request.names ?? []).length > 0 ? (request.names ?? []) : running.servers.map(({ name }) => name);
  requireServers(fleet, names);
  await requireTrustedWorkspace(request.session);
  const snapshot = await settle(request, stateDirectory, names);
  return resultOf(snapshot, stateDirectory);
}

/** @returns the servers of the running fleet as they are; undefined where none runs. */
export const runningServers = async (request: FleetRequest): Promise<readonly ServerSnapshot[] | undefined> =>
  (await ask(fleetDirectory(request)))?.servers;

/** Asks the running supervisor; where none runs, every server of the configuration is `stopped`. */
export async function fleetStatus(request: FleetRequest): Promise<FleetResult> {
  const stateDirectory = fleetDirectory(request);
  const snapshot = await ask(stateDirectory);
  const names = request.names ?? [];
  const isMeant = ({ name }: { name: string }) => names.length === 0 || names.includes(name);
  if (snapshot !== undefined) {
    const listed = snapshot.servers.filter(isMeant);
    const missing = names.filter((name) => !listed.some((server) => server.name === name));
    const specs = missing.length > 0 ? requireServers(await loadFleet(request), missing).filter(isMeant) : [];
    const absent = specs.filter(({ name }) => missing.includes(name)).map(stoppedServer);
    return { ...resultOf({ ...snapshot, servers: [...listed, ...absent] }, stateDirectory), running: true };
  }
  const servers = requireServers(await loadFleet(request), names)
    .filter(isMeant)
    .map(stoppedServer);
  const items = fleetItems(servers, 'running');
  return { status: judgeItems(items), running: false, items, warnings: [], stateDirectory };
}

function requireSupport(): void {
  if (process.platform !== 'win32') return;
  throw new SophiaError('unsupported', {
    message: 'this version starts no fleet on Windows: it needs process groups and signals',
    hint: 'use a runner with Linux or macOS',
  });
}

function resultOf(snapshot: FleetSnapshot, stateDirectory: string): FleetResult {
  const items = fleetItems(snapshot.servers, 'running');
  const warnings = fleetWarnings(snapshot.servers);
  return { status: judgeItems(items), running: true, items, warnings, stateDirectory };
}

async function ask(stateDirectory: string): Promise<FleetSnapshot | undefined> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  return await askSupervisor({ stateDirectory, request: { ask: 'status' }, signal }).catch(() => undefined);
}

/**
 * Leaves a running supervisor with this order behind: the one that is there, or a new one.
 *
 * @returns the fleet that was there already, if it stays
 */
async function makeRun(
  request: FleetRequest,
  stateDirectory: string,
  order: FleetOrder,
): Promise<FleetSnapshot | undefined> {
  const { session } = request;
  const running = await ask(stateDirectory);
  if (running !== undefined && running.fingerprint === fingerprint(order.servers, running.fleetId)) {
    session.host.log.info('the fleet runs already');
    return running;
  }
  if (running !== undefined) {
    session.host.log.info('the configuration of the fleet has changed: it is stopped and started anew');
    await stopIn(stateDirectory, request.onLine);
  }
  const { ended } = await reap(stateDirectory);
  if (ended.length > 0) {
    session.host.log.warning(
      `an earlier fleet had lost its supervisor: ${ended.length} processes of it were ended`,
    );
  }
  const program = request.supervisor ?? [process.execPath, ...SMALL_HEAP, process.argv[1] ?? ''];
  await launchSupervisor({ stateDirectory, order, program, variables: session.host.variables });
  return undefined;
}

async function settle(
  { session, signal, onLine }: FleetRequest,
  stateDirectory: string,
  restarted?: readonly string[],
): Promise<FleetSnapshot> {
  const whole = signal === undefined ? session.host.signal : AbortSignal.any([signal, session.host.signal]);
  const question =
    restarted === undefined ? ({ ask: 'settle' } as const) : ({ ask: 'restart', names: restarted } as const);
  try {
    const snapshot = await askSupervisor({ stateDirectory, request: question, onLine, signal: whole });
    if (snapshot !== undefined) return snapshot;
  } catch (error) {
    if (whole.aborted) await stopAfterCancel(session, stateDirectory);
    throw error;
  }
  throw new SophiaError('state', {
    message: 'the supervisor of the fleet is gone',
    hint: 'start the fleet again: it first removes what the old one left behind',
  });
}

/** A cancelled step has 7 s: in a job the post step waits for the end, at a terminal nobody else would. */
const CANCEL_WAIT_MS = { actions: 2_000, terminal: 15_000 } as const;

async function stopAfterCancel({ host }: Session, stateDirectory: string): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_WAIT_MS[host.kind]);
  await askSupervisor({ stateDirectory, request: { ask: 'stop' }, signal }).catch(() => undefined);
}

/** The longest that a stop may take, before the supervisor itself is taken to hang: chains of slow servers included. */
const STOP_LIMIT_MS = 50_000;

async function stopIn(stateDirectory: string, onLine: FleetRequest['onLine']): Promise<FleetResult> {
  const signal = AbortSignal.timeout(STOP_LIMIT_MS);
  const answered = (await ask(stateDirectory)) !== undefined;
  const last = answered
    ? await askSupervisor({ stateDirectory, request: { ask: 'stop' }, onLine, signal }).catch(() => undefined)
    : undefined;
  const { left } = await reap(stateDirectory);
  if (left.length > 0) {
    throw new SophiaError('state', {
      message: `processes of the fleet are still there after SIGKILL: ${left.join(', ')}`,
      hint: 'they hang in the kernel, often on a broken file system: the machine must be restarted',
    });
  }
  const items = fleetItems(last?.servers ?? [], 'stopped');
  return { status: 'success', running: false, items, warnings: [], stateDirectory };
}

/**
 * What makes two orders the same fleet: specifications, folders, and the values of secrets, under a key that only the
 * fleet's own folder holds, so that no value can be guessed from it. The id of the deployment may differ.
 */
function fingerprint(servers: readonly OrderedServer[], fleetId: string): string {
  const facts = servers.map(({ spec, directory, variables, obstacle }) => {
    const values = [...spec.secrets, ...Object.keys(spec.references)].map((name) => variables[name] ?? null);
    return { spec, directory, values, obstacle };
  });
  return createHmac('sha256', fleetId).update(JSON.stringify(facts)).digest('hex');
}

function orderOf(request: FleetRequest, fleet: LoadedFleet, servers: readonly ServerSpec[]): FleetOrder {
  const { session, config } = request;
  const { variables, redaction } = session.host;
  const always = {
    SOPHIA_ENVIRONMENT: config?.environment ?? session.common.environment,
    SOPHIA_DEPLOYMENT_ID: config?.deploymentId ?? session.common.deploymentId,
  };
  const ordered = servers.map((spec): OrderedServer => ({
    spec,
    directory: resolve(session.directory, spec.directory),
    ...serverEnvironment(spec, { variables, redaction, always }),
  }));
  const fleetId = randomUUID();
  return {
    fleetId,
    fingerprint: fingerprint(ordered, fleetId),
    servers: ordered,
    concurrency: fleet.mcp.concurrency ?? availableParallelism(),
    startTimeoutMs: fleet.mcp['start-timeout'],
    maxLifetimeMs: request.maxLifetimeMs ?? DEFAULT_LIFETIME_MS,
    owner: findOwnerOfJob(variables['RUNNER_TRACKING_ID']),
    redacted: [...redaction.forms()],
  };
}

function stoppedServer(spec: ServerSpec): ServerSnapshot {
  const { name, critical, needs, port } = spec;
  return {
    ...{
      name,
      critical,
      needs,
      port: port ?? null,
      url: serverUrl(spec),
      state: 'stopped',
      because: null,
      fault: null,
    },
    ...{
      pid: null,
      attempts: 0,
      restarts: 0,
      firstSpawnedAtMs: null,
      readyMs: null,
      failedAtMs: null,
      recoveriesMs: [],
      handshake: null,
    },
    ...{ undeclaredPorts: [], publicPorts: [], ownershipProven: true, lostLogBytes: 0, tail: [] },
  };
}
