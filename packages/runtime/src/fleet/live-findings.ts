// What listens on this machine now, against what registry and fleet say.
import { meantClaims } from '@sophia/core/fleet/build-fleet';
import { inRange } from '@sophia/core/fleet/registry/ranges';
import type { Registry } from '@sophia/core/fleet/registry/registry';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import type { FleetFinding } from '@sophia/core/fleet/validate-fleet';
import type { ReportItem } from '@sophia/core/report/envelope';

import { askFleet } from './ask-fleet.ts';
import { fleetStatus } from './fleet.ts';
import { fleetDirectory } from './fleet-request.ts';
import type { FleetRequest } from './fleet-request.ts';
import { describeOwner, portInUse } from './listening.ts';
import { listListeners } from './proc/listeners.ts';

/** What is compared with the machine. */
export interface Described {
  readonly servers: readonly ServerSpec[];
  readonly registry: Registry | undefined;
  /** Added to each port of the registry. */
  readonly offset: number;
  readonly environment: string;
}

/** @returns warnings only: what listens now may be gone when the fleet starts. */
export async function liveFindings(
  request: FleetRequest,
  described: Described,
): Promise<readonly FleetFinding[]> {
  const isRunning = (await askFleet(fleetDirectory(request))) !== undefined;
  const items = isRunning ? (await fleetStatus(request)).items : [];
  const names = new Set(items.map(({ name }) => name));
  const wanted = wantedPorts(described).filter(({ name }) => !names.has(name));
  return [
    ...wanted.flatMap(({ name, port }) => taken(name, port)),
    ...items.flatMap((item) => runningOtherwise(item, described.servers)),
    ...strangers(described, items),
  ];
}

const warning = (rule: string, server: string, message: string): FleetFinding => ({
  ...{ level: 'warning', rule, server, message },
});

/** Of a registry alone those that are not said to be on another machine. */
function wantedPorts({ servers, registry, offset, environment }: Described) {
  if (servers.length > 0)
    return servers.flatMap(({ name, port }) => (port === undefined ? [] : [{ name, port }]));
  return [...(registry?.servers.values() ?? [])].flatMap((server) => {
    const [first] = meantClaims(server, environment);
    const isHere = first !== undefined && /^(?:|localhost|127\.[\d.]+|\[?::1\]?)$/.test(first.host);
    return isHere ? [{ name: server.name, port: first.port + offset }] : [];
  });
}

function taken(name: string, port: number): FleetFinding[] {
  const fault = portInUse(port);
  return fault === undefined ? [] : [{ ...warning('port-in-use', name, fault.message), hint: fault.hint }];
}

/** A fleet that runs, and would be another one if it were started now; and what it opened beside its ports. */
function runningOtherwise({ name, details }: ReportItem, servers: readonly ServerSpec[]): FleetFinding[] {
  const meant = servers.find((server) => server.name === name);
  const port = details['port'];
  const undeclared = details['undeclaredPorts'];
  const hint = 'start the fleet again, so that it is as it is described';
  const isOther = meant !== undefined && port !== (meant.port ?? null);
  const said = meant?.port === undefined ? 'none' : String(meant.port);
  return [
    ...(isOther
      ? [
          {
            ...warning('running-otherwise', name, `runs with port ${String(port)}, and is given ${said} now`),
            hint,
          },
        ]
      : []),
    ...(Array.isArray(undeclared) && undeclared.length > 0
      ? [warning('undeclared-port', name, `listens on ports that nobody gave it: ${undeclared.join(', ')}`)]
      : []),
  ];
}

/** Whoever listens in a range of the registry, and is nobody that it knows. */
function strangers({ servers, registry, offset }: Described, items: readonly ReportItem[]): FleetFinding[] {
  if (registry === undefined) return [];
  const claims = [...registry.servers.values()].flatMap((server) => server.claims);
  const known = new Set<unknown>([
    ...claims.flatMap(({ port }) => [port, port + offset]),
    ...servers.map(({ port }) => port),
    ...items.flatMap(({ details }) => [
      details['port'],
      ...((details['undeclaredPorts'] ?? []) as unknown[]),
    ]),
  ]);
  const ports = [...new Set(listListeners().map(({ port }) => port))].toSorted((a, b) => a - b);
  return ports.flatMap((port) => {
    const range = registry.ranges.find((candidate) => inRange(port, candidate));
    if (range === undefined || known.has(port)) return [];
    const message = `${describeOwner(port)} listens on port ${port} in the range ${range.name} (${range.from}-${range.to}), and is nobody of the registry`;
    return [{ ...warning('unregistered-listener', '', message), file: registry.file }];
  });
}
