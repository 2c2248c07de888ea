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
import { SophiaError } from '@sophia/core/errors';
import { fleetItems } from '@sophia/core/fleet/fleet-items';
import type { FleetSnapshot, ServerSnapshot } from '@sophia/core/fleet/fleet-snapshot';
import { judgeItems } from '@sophia/core/report/judge';

import { requireTrustedWorkspace } from '../config/trusted-source.ts';
import { askFleet, settleFleet } from './ask-fleet.ts';
import { withFleetLock } from './fleet-lock.ts';
import type { FleetOrder } from './fleet-order.ts';
import { fleetDirectory } from './fleet-request.ts';
import type { FleetRequest, FleetResult } from './fleet-request.ts';
import { resultOf, stoppedServer } from './fleet-result.ts';
import { launchSupervisor } from './launch.ts';
import { loadFleet, requireServers } from './load-fleet.ts';
import { fingerprint, orderFleet } from './order-fleet.ts';
import { reap } from './reap.ts';
import { unattended } from './unattended.ts';
import { lostSupervisor, stopIn } from './stop-fleet.ts';

/**
 * A supervisor works little and lives long. A small heap saves 15 MB with nine servers, and doing without the compilers
 * that optimise 8 MB with twelve, most of it pages of Node's own file (Node 24).
 */
const SMALL_HEAP = [
  ...['--max-semi-space-size=1', '--max-old-space-size=256'],
  ...['--no-opt', '--no-maglev', '--optimize-for-size'],
];

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
  for (const { name } of fleet.remote)
    request.onLine?.(`${name}: runs elsewhere, and is neither started nor asked`);
  const stateDirectory = fleetDirectory(request);
  const order = orderFleet(request, fleet, servers);
  const found = await withFleetLock(stateDirectory, () => makeRun(request, stateDirectory, order));
  // Whoever starts a fleet that runs wants it whole: what has failed in it gets another chance.
  const again = (found?.servers ?? []).filter(({ state }) => state === 'failed').map(({ name }) => name);
  const snapshot = await settleFleet(request, stateDirectory, again.length > 0 ? again : undefined);
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
  const running = await askFleet(stateDirectory);
  if (running === undefined) return await startFleet(request);
  const fleet = await loadFleet(request);
  const names =
    (request.names ?? []).length > 0 ? (request.names ?? []) : running.servers.map(({ name }) => name);
  requireServers(fleet, names);
  await requireTrustedWorkspace(request.session);
  const snapshot = await settleFleet(request, stateDirectory, names);
  return resultOf(snapshot, stateDirectory);
}

/** @returns the servers of the running fleet as they are; undefined where none runs. */
export const runningServers = async (request: FleetRequest): Promise<readonly ServerSnapshot[] | undefined> =>
  (await askFleet(fleetDirectory(request)))?.servers;

/** Asks the running supervisor; where none runs, every server of the configuration is `stopped`. */
export async function fleetStatus(request: FleetRequest): Promise<FleetResult> {
  const stateDirectory = fleetDirectory(request);
  const snapshot = await askFleet(stateDirectory);
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
  const items = unattended(fleetItems(servers, 'running'), stateDirectory);
  return { status: judgeItems(items), running: false, items, warnings: [], stateDirectory };
}

function requireSupport(): void {
  if (process.platform !== 'win32') return;
  throw new SophiaError('unsupported', {
    message: 'this version starts no fleet on Windows: it needs process groups and signals',
    hint: 'use a runner with Linux or macOS',
  });
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
  const running = await askFleet(stateDirectory);
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
    session.host.log.warning(lostSupervisor(ended.length));
  }
  const program = request.supervisor ?? [process.execPath, ...SMALL_HEAP, process.argv[1] ?? ''];
  await launchSupervisor({ stateDirectory, order, program, variables: session.host.variables });
  return undefined;
}
