import { createHmac, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

import type { ServerSpec } from '@sophia/core/fleet/server-spec';

import type { FleetOrder, OrderedServer } from './fleet-order.ts';
import type { FleetRequest } from './fleet-request.ts';
import type { LoadedFleet } from './load-fleet.ts';
import { serverEnvironment } from './server-environment.ts';
import { findOwnerOfJob } from './watch-owner.ts';

const DEFAULT_LIFETIME_MS = 6 * 3_600_000;

/** @returns everything that a supervisor needs to know, so that it reads no configuration of its own. */
export function orderFleet(
  request: FleetRequest,
  fleet: LoadedFleet,
  servers: readonly ServerSpec[],
): FleetOrder {
  const { session, config } = request;
  const { variables, redaction } = session.host;
  const always = {
    SOPHIA_ENVIRONMENT: config?.environment ?? session.common.environment,
    SOPHIA_DEPLOYMENT_ID: config?.deploymentId ?? session.common.deploymentId,
  };
  const source = { variables, redaction, always, workspace: session.directory };
  const ordered = servers.map((described): OrderedServer => {
    const environment = serverEnvironment(described, source);
    return { ...environment, directory: resolve(session.directory, environment.spec.directory) };
  });
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

/**
 * What makes two orders the same fleet: specifications, folders, and the values of secrets, under a key that only the
 * fleet's own folder holds, so that no value can be guessed from it. The id of the deployment may differ.
 */
export function fingerprint(servers: readonly OrderedServer[], fleetId: string): string {
  const facts = servers.map(({ spec, directory, variables, obstacle }) => {
    const values = [...spec.secrets, ...Object.keys(spec.references)].map((name) => variables[name] ?? null);
    return { spec, directory, values, obstacle };
  });
  return createHmac('sha256', fleetId).update(JSON.stringify(facts)).digest('hex');
}
