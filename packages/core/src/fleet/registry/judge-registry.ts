import { didYouMean } from '../../nearest-name.ts';
import type { Collector, NameReference } from './collector.ts';
import { inRange } from './ranges.ts';
import type { PortClaim, RegistryFinding, RegistryServer } from './registry.ts';

type Servers = ReadonlyMap<string, RegistryServer>;

/**
 * Everything that is wrong with a registry, in the order of its lines: doubles, contradictions, names of nobody and
 * impossible ports are failures; what is merely unusual is a warning (contract, section 2, Trust).
 */
export function judgeRegistry(found: Collector, servers: Servers): readonly RegistryFinding[] {
  const findings = [
    ...found.findings,
    ...doublePorts(found.claims),
    ...contradictions(servers),
    ...outOfRange(found),
    ...nameFindings(found.references, servers),
  ];
  return findings.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
}

const whereabouts = ({ environment, host }: PortClaim) => `${environment} ${host}`;

/** One port of one machine for two servers. */
function doublePorts(claims: readonly PortClaim[]): RegistryFinding[] {
  const owners = new Map<string, PortClaim>();
  return claims.flatMap((claim): RegistryFinding[] => {
    const key = `${whereabouts(claim)} ${claim.port}`;
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, claim);
    if (owner === undefined || owner.name === claim.name) return [];
    const message = `port ${claim.port} of "${claim.name}" belongs to "${owner.name}" already (line ${owner.place.line}, ${owner.path})`;
    return [failure('double-port', message, claim)];
  });
}

/** One server with two ports for the same purpose. */
function contradictions(servers: Servers): RegistryFinding[] {
  return [...servers.values()].flatMap(({ claims }) =>
    claims.flatMap((claim, index): RegistryFinding[] => {
      const first = claims.find((other) => other.role === claim.role && sameMachine(other, claim));
      if (first === undefined || first.port === claim.port || claims.indexOf(first) >= index) return [];
      const message = `"${claim.name}" has port ${claim.port} here and ${first.port} at line ${first.place.line} (${first.path})`;
      return [failure('contradiction', message, claim)];
    }),
  );
}

const sameMachine = (a: PortClaim, b: PortClaim) => whereabouts(a) === whereabouts(b);

function outOfRange({ claims, ranges }: Collector): RegistryFinding[] {
  return claims.flatMap((claim): RegistryFinding[] => {
    if (claim.role !== 'port') return [];
    const own = claim.range === undefined ? ranges.filter(({ name }) => name === claim.group) : [claim.range];
    const allowed = own.length > 0 ? own : ranges;
    if (allowed.length === 0 || allowed.some((range) => inRange(claim.port, range))) return [];
    const names = allowed.map(({ name, from, to }) => `${name} ${from}-${to}`).join(', ');
    const message = `port ${claim.port} of "${claim.name}" is outside of ${own.length > 0 ? 'its range' : 'every range'} (${names})`;
    return [{ ...failure('out-of-range', message, claim), level: 'warning' }];
  });
}

/** Of a list of words that nobody says are servers, this share must be servers before the others are ghosts. */
const LIKELY_SHARE = 0.5;

function nameFindings(references: readonly NameReference[], servers: Servers): RegistryFinding[] {
  const known = [...servers.keys()];
  const share = (list: string) => {
    const members = references.filter((reference) => reference.list === list);
    return members.filter(({ name }) => servers.has(name)).length / members.length;
  };
  return references.flatMap((reference): RegistryFinding[] => {
    const { name, kind, list } = reference;
    const exists = servers.has(name);
    if (kind === 'removed') {
      return exists
        ? [about('removed-but-listed', `"${name}" is listed as removed, and is still here`, reference)]
        : [];
    }
    if (exists || (kind === 'words' && share(list) <= LIKELY_SHARE)) return [];
    const message = `no server is named "${name}"${didYouMean(name, known)}`;
    const finding = about('ghost-name', message, reference);
    return [kind === 'named' ? finding : { ...finding, level: 'warning' }];
  });
}

function about(
  rule: RegistryFinding['rule'],
  message: string,
  { name, place, path }: NameReference,
): RegistryFinding {
  return { rule, level: 'failure', message, server: name, place, path };
}

function failure(rule: RegistryFinding['rule'], message: string, claim: PortClaim): RegistryFinding {
  return { rule, level: 'failure', message, server: claim.name, place: claim.place, path: claim.path };
}
