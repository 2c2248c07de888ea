import type { HealthSpec, ServerSpec } from '@sophia/core/fleet/server-spec';
import type { ProvenHealth } from '@sophia/core/fleet/standardise/plan-configuration';
import type { FleetFinding } from '@sophia/core/fleet/validate-fleet';
import type { ReportItem } from '@sophia/core/report/envelope';

import { findHttp, findMcp } from './find-endpoints.ts';
import { fleetStatus, startFleet, stopFleet } from './fleet.ts';
import type { FleetRequest, FleetResult } from './fleet-request.ts';

/** What starting the fleet has shown. */
export interface Proof {
  /** Health that the configuration does not say, or says wrongly. */
  readonly proven: readonly ProvenHealth[];
  /** Servers that were healthy in no way. */
  readonly unproven: readonly FleetFinding[];
}

/**
 * Starts the fleet, where it does not run already, and looks for a health endpoint of each server that declares none.
 * Servers that do not become healthy as declared are started again, once to see what answers at their port, and once to
 * see whether they speak over their pipes. Whatever was started is stopped.
 */
export async function proveHealth(request: FleetRequest, servers: readonly ServerSpec[]): Promise<Proof> {
  const { log } = request.session.host;
  const running = await fleetStatus(request);
  const declared = running.running
    ? { items: running.items, found: await undeclared(servers, running) }
    : await started(once(request), (fleet) => undeclared(servers, fleet));
  for (const { name, status, message } of declared.items)
    log.info(`${name}: ${status === 'success' ? 'proven healthy as declared' : `not proven: ${message}`}`);
  // What runs already is not touched, and what could not even be started would not be there a second time.
  const open = running.running
    ? []
    : servers.filter(({ name, port }) => port !== undefined && failed(declared.items, name));
  const otherwise = await proveOtherwise(request, open);
  for (const { name, proven } of otherwise)
    log.info(`${name}: proven healthy otherwise: ${Object.entries(proven).flat().join(' ')}`);
  const settled = new Set(otherwise.map(({ name }) => name));
  return {
    proven: [...declared.found, ...otherwise],
    unproven: declared.items
      .filter(({ name, status }) => status !== 'success' && !settled.has(name))
      .map(({ name, message }) => ({
        ...{ level: 'warning', rule: 'unproven', server: name },
        message: `its health was not proven: ${message}`,
      })),
  };
}

/** It was started, and did not become healthy. */
const failed = (items: readonly ReportItem[], name: string) =>
  items.some((item) => item.name === name && item.status === 'failure' && item.attempts > 0);

const isHealthy = (items: readonly ReportItem[], name: string) =>
  items.some((item) => item.name === name && item.details['state'] === 'healthy');

async function undeclared(servers: readonly ServerSpec[], { items }: FleetResult): Promise<ProvenHealth[]> {
  const silent = servers.filter(
    ({ name, port, health }) =>
      port !== undefined && health.http === undefined && health.stdio !== true && isHealthy(items, name),
  );
  const found = await Promise.all(silent.map(async (server) => [server, await findHttp(server)] as const));
  return found.flatMap(([{ name, health }, http]) =>
    http === undefined ? [] : [{ name, declared: health, proven: { ...health, http } }],
  );
}

async function proveOtherwise(
  request: FleetRequest,
  servers: readonly ServerSpec[],
): Promise<ProvenHealth[]> {
  if (servers.length === 0) return [];
  const listening = await started(once(request, { servers, health: { tcp: true } }), async ({ items }) => {
    const there = servers.filter(({ name }) => isHealthy(items, name));
    return await Promise.all(there.map(async (server) => [server, await findBoth(server)] as const));
  });
  const silent = servers.filter(({ name }) => !isHealthy(listening.items, name));
  const overPipes = silent.filter(({ health }) => health.stdio !== true);
  const stdio: HealthSpec = { stdio: true };
  const speaking =
    overPipes.length === 0
      ? []
      : (
          await started(once(request, { servers: overPipes, health: stdio }), async ({ items }) =>
            overPipes.filter(({ name }) => isHealthy(items, name)),
          )
        ).found;
  return [
    ...listening.found.flatMap(([{ name, health }, proven]) =>
      proven === undefined ? [] : [{ name, declared: health, proven }],
    ),
    ...speaking.map(({ name, health }) => ({ name, declared: health, proven: stdio })),
  ];
}

/** @returns undefined where there is no MCP, or nothing else than what is declared: that has failed before. */
async function findBoth(server: ServerSpec): Promise<HealthSpec | undefined> {
  const mcp = await findMcp(server);
  if (mcp === undefined) return undefined;
  const http = await findHttp(server);
  const found: HealthSpec = http === undefined ? mcp : { ...mcp, http };
  const { health } = server;
  const isDeclared = Object.entries(health).every(([key, value]) => found[key as keyof HealthSpec] === value);
  return isDeclared ? undefined : found;
}

/** Starts, looks, and stops, whatever happens. */
async function started<T>(
  request: FleetRequest,
  look: (fleet: FleetResult) => Promise<T>,
): Promise<{ readonly items: readonly ReportItem[]; readonly found: T }> {
  try {
    const fleet = await startFleet(request);
    return { items: fleet.items, found: await look(fleet) };
  } finally {
    await stopFleet(request);
  }
}

interface Otherwise {
  readonly servers: readonly ServerSpec[];
  readonly health: HealthSpec;
}

/** The same fleet without restarts, which prove nothing new; some of its servers with another health, and only these. */
function once(request: FleetRequest, otherwise?: Otherwise): FleetRequest {
  const changed = new Set(otherwise?.servers.map(({ name }) => name));
  const adjust = (server: ServerSpec): ServerSpec => {
    const single = { ...server, restart: { ...server.restart, limit: 0 } };
    return changed.has(server.name) && otherwise !== undefined
      ? { ...single, health: otherwise.health, expect: { tools: [], minTools: 0 } }
      : single;
  };
  return { ...request, adjust, ...(otherwise === undefined ? {} : { names: [...changed] }) };
}
