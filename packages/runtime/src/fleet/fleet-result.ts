import { fleetItems, fleetWarnings } from '@sophia/core/fleet/fleet-items';
import type { FleetSnapshot, ServerSnapshot } from '@sophia/core/fleet/fleet-snapshot';
import { serverUrl } from '@sophia/core/fleet/server-spec';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import { judgeItems } from '@sophia/core/report/judge';

import type { FleetResult } from './fleet-request.ts';

/** @returns the running fleet, judged. */
export function resultOf(snapshot: FleetSnapshot, stateDirectory: string): FleetResult {
  const items = fleetItems(snapshot.servers, 'running');
  const warnings = fleetWarnings(snapshot.servers);
  return { status: judgeItems(items), running: true, items, warnings, stateDirectory };
}

/** @returns a server of a fleet that does not run. */
export function stoppedServer(spec: ServerSpec): ServerSnapshot {
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
