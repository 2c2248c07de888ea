import { pathUrl } from '@sophia/core/fleet/server-spec';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import type { ProvenHealth } from '@sophia/core/fleet/standardise/plan-configuration';

import { askHttp } from './ask-http.ts';
import { fleetStatus, startFleet, stopFleet } from './fleet.ts';
import type { FleetRequest, FleetResult } from './fleet-request.ts';

/** Where servers have their health endpoint, the commonest first. */
const USUAL_PATHS = ['/health', '/healthz', '/ping'];
const ANSWER_TIMEOUT_MS = 3_000;

/**
 * Starts the fleet, where it does not run already, and looks for a health endpoint of each server that declares none;
 * what was started is stopped again.
 */
export async function proveHealth(
  request: FleetRequest,
  servers: readonly ServerSpec[],
): Promise<readonly ProvenHealth[]> {
  const { host } = request.session;
  const running = await fleetStatus(request);
  const fleet = running.running ? running : await startFleet(request);
  try {
    for (const { name, status, message } of fleet.items) {
      host.log.info(
        `${name}: ${status === 'success' ? 'proven healthy as declared' : `not proven: ${message}`}`,
      );
    }
    const found = await Promise.all(servers.map((server) => findEndpoint(server, fleet)));
    return found.flatMap((proven) => (proven === undefined ? [] : [proven]));
  } finally {
    if (!running.running) await stopFleet(request);
  }
}

async function findEndpoint(server: ServerSpec, fleet: FleetResult): Promise<ProvenHealth | undefined> {
  const { name, port, health } = server;
  const isHealthy = fleet.items.some((item) => item.name === name && item.details['state'] === 'healthy');
  if (!isHealthy || port === undefined || health.http !== undefined) return undefined;
  for (const path of USUAL_PATHS) {
    const fault = await askHttp(pathUrl(server, path), AbortSignal.timeout(ANSWER_TIMEOUT_MS));
    if (fault === undefined) return { name, declared: health, http: path };
  }
  return undefined;
}
