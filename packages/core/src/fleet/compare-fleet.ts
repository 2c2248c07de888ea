// The fleet as it would be started, against what the registry says of the same names, ports and ranges.
import type { Place } from '../config/located.ts';
import { didYouMean } from '../nearest-name.ts';
import { meantClaims } from './build-fleet.ts';
import { commandPorts } from './command-ports.ts';
import { sameEnvironment } from './registry/keys.ts';
import { inRange } from './registry/ranges.ts';
import type { PortClaim, Registry } from './registry/registry.ts';
import type { ServerSpec } from './server-spec.ts';
import type { FleetFinding } from './validate-fleet.ts';

/** A fleet, and where it says of itself what it says. */
export interface DescribedFleet {
  readonly servers: readonly ServerSpec[];
  /** The file that describes them. */
  readonly file: string;
  readonly placeOf: (path: readonly PropertyKey[]) => Place;
}

/** A registry as this fleet reads it. */
export interface MeantRegistry {
  readonly registry: Registry;
  /** Added to each of its ports. */
  readonly offset: number;
  /** Whose ports and ranges are meant; empty: not known. */
  readonly environment: string;
}

/** @returns where a server's command or environment names another port than the fleet gives it. */
export function commandFindings(fleet: DescribedFleet): readonly FleetFinding[] {
  return fleet.servers.flatMap((server) => {
    const { name, port } = server;
    if (port === undefined) return [];
    return commandPorts(server)
      .filter((found) => found.port !== port)
      .map((found): FleetFinding => {
        const message = `its ${found.from} says ${found.where}, and the fleet gives it port ${port}`;
        const key = found.from === 'command' ? 'command' : 'env';
        return { level: 'failure', rule: 'contradiction', server: name, message, ...at(fleet, name, key) };
      });
  });
}

const at = ({ file, placeOf }: DescribedFleet, name: string, key: string) => ({
  file,
  ...placeOf(['mcp', 'servers', name, key]),
});

/**
 * Compares each server with the registry: a port of its own that is another than the registry's, or somebody else's
 * there, is a failure; a name that the registry does not know, or a port out of its ranges, a warning.
 */
export function comparedFindings(fleet: DescribedFleet, meant: MeantRegistry): readonly FleetFinding[] {
  const { registry } = meant;
  return fleet.servers.flatMap((server): readonly FleetFinding[] => {
    const { name, port } = server;
    if (port === undefined) return [];
    const here = { server: name, ...at(fleet, name, 'port') };
    const faults = [otherPort(server, meant), portOfAnother(server, fleet, meant)].flatMap((found) =>
      found === undefined ? [] : [{ level: 'failure' as const, ...found, ...here }],
    );
    const unusual = [unregistered(server, registry), outOfRanges(server, meant)].flatMap((found) =>
      found === undefined ? [] : [{ level: 'warning' as const, ...found, ...here }],
    );
    return [...faults, ...unusual];
  });
}

type Found = Pick<FleetFinding, 'rule' | 'message'> | undefined;
type Ported = Pick<ServerSpec, 'name' | 'port'>;

/** A registry that contradicts itself says so itself; here only that the fleet agrees with none of what it says. */
function otherPort({ name, port }: Ported, { registry, offset, environment }: MeantRegistry): Found {
  const server = registry.servers.get(name);
  const claims = server === undefined ? [] : meantClaims(server, environment);
  const [first] = claims;
  if (first === undefined || claims.some((claim) => [claim.port, claim.port + offset].includes(port ?? 0)))
    return undefined;
  const shifted = offset === 0 ? '' : `, with the offset ${first.port + offset}`;
  const message = `the fleet gives it port ${port}, and the registry ${first.port}${shifted} (${whereIs(registry, first)})`;
  return { rule: 'contradiction', message };
}

const whereIs = ({ file }: Registry, { place, path }: PortClaim) => `${file}:${place.line}, ${path}`;

const LOCAL = /^(?:localhost|127\.[\d.]+|\[?::1\]?|0\.0\.0\.0)?$/;

/** The port of a server that is started under another one is reported with that server. */
function portOfAnother(
  { name, port }: Ported,
  { servers }: DescribedFleet,
  { registry, offset, environment }: MeantRegistry,
): Found {
  const host = registry.servers.get(name)?.claims[0]?.host ?? '';
  const isHere = (claim: PortClaim) => claim.host === host || (LOCAL.test(claim.host) && LOCAL.test(host));
  for (const other of registry.servers.values()) {
    if (other.name === name || servers.some((server) => server.name === other.name)) continue;
    const claim = meantClaims(other, environment).find((found) => found.port + offset === port);
    if (claim === undefined || !isHere(claim)) continue;
    const message = `port ${port} is "${other.name}"'s in the registry (${whereIs(registry, claim)})`;
    return { rule: 'double-port', message };
  }
  return undefined;
}

function unregistered({ name }: Ported, { servers, file }: Registry): Found {
  if (servers.has(name)) return undefined;
  const message = `is not in the registry ${file}${didYouMean(name, [...servers.keys()])}`;
  return { rule: 'unregistered', message };
}

/** Ranges of the environment that is meant count, where there are some; else all of them. */
function outOfRanges({ name, port = 0 }: Ported, { registry, offset, environment }: MeantRegistry): Found {
  const { findings } = registry;
  if (findings.some(({ rule, server }) => rule === 'out-of-range' && server === name)) return undefined;
  const own = registry.ranges.filter((range) => sameEnvironment(range.name, environment));
  const ranges = own.length > 0 ? own : registry.ranges;
  const isIn = [port, port - offset].some((each) => ranges.some((range) => inRange(each, range)));
  if (ranges.length === 0 || isIn) return undefined;
  const names = ranges.map((range) => `${range.name} ${range.from}-${range.to}`).join(', ');
  return { rule: 'out-of-range', message: `port ${port} is outside of the registry's ranges (${names})` };
}
