import { readRegistry } from '../registry/read-registry.ts';
import { inRange } from '../registry/ranges.ts';
import { LARGEST_PORT } from '../registry/registry.ts';
import type { PortClaim, Registry, RegistryFinding } from '../registry/registry.ts';
import { meantField, misspelled } from './misspelled.ts';
import { applyProposals, inItsQuotes, keysBeside, offsetOf, scalarAfter } from './proposal.ts';
import type { Proposal } from './proposal.ts';

/** A text that is corrected again and again must come to rest; each round corrects at least one place. */
const MOST_ROUNDS = 50;

/** A registry as it would be, and how it comes there. */
export interface RegistryPlan {
  readonly text: string;
  readonly registry: Registry;
  readonly proposals: readonly Proposal[];
}

/**
 * Corrects what can be corrected without asking anybody: the later of two servers on one port moves to the next free
 * port of its range, and so does a port out of it; the later of two ports of one server becomes the first; a misspelled
 * name becomes its server, and a misspelled field its field. Everything else stays for people.
 *
 * @throws SophiaError `configuration` for a registry that cannot be read
 */
export function planRegistry(original: string, file: string): RegistryPlan {
  let text = original;
  const proposals: Proposal[] = [];
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const registry = readRegistry({ text, file });
    const next = firstCorrection(registry, text);
    if (next === undefined) return { text, registry, proposals };
    proposals.push(next);
    text = applyProposals(text, [next]);
  }
  return { text, registry: readRegistry({ text, file }), proposals };
}

function firstCorrection(registry: Registry, text: string): Proposal | undefined {
  for (const finding of registry.findings) {
    const proposal = correct(finding, registry, text);
    if (proposal !== undefined) return proposal;
  }
  return undefined;
}

function correct(finding: RegistryFinding, registry: Registry, text: string): Proposal | undefined {
  switch (finding.rule) {
    case 'double-port': {
      const claim = claimAt(finding, registry);
      return claim === undefined
        ? undefined
        : replacePort(claim, freePort(claim, registry), { finding, registry, text });
    }
    case 'contradiction': {
      const claim = claimAt(finding, registry);
      const first = claim === undefined ? undefined : firstOf(claim, registry);
      return claim === undefined ? undefined : replacePort(claim, first?.port, { finding, registry, text });
    }
    case 'ghost-name': {
      const near = misspelled(finding.server, [...registry.servers.keys()]);
      return near === undefined
        ? undefined
        : replace(finding, { registry, text, old: finding.server, value: near });
    }
    case 'out-of-range': {
      const claim = claimAt(finding, registry);
      return claim === undefined || !isAlone(claim, registry)
        ? undefined
        : replacePort(claim, freePort(claim, registry), { finding, registry, text });
    }
    case 'unknown-field': {
      const field = finding.path.slice(finding.path.lastIndexOf('.') + 1);
      const meant = meantField(field, keysBeside(text, offsetOf(text, finding.place)));
      return meant === undefined ? undefined : replace(finding, { registry, text, old: field, value: meant });
    }
    default:
      return undefined;
  }
}

const allClaims = ({ servers }: Registry) => [...servers.values()].flatMap(({ claims }) => claims);

const claimAt = ({ server, path, place }: RegistryFinding, registry: Registry): PortClaim | undefined =>
  registry.servers
    .get(server)
    ?.claims.find(
      (claim) =>
        claim.path === path && claim.place.line === place.line && claim.place.column === place.column,
    );

const firstOf = (claim: PortClaim, registry: Registry): PortClaim | undefined =>
  registry.servers
    .get(claim.name)
    ?.claims.find(
      ({ role, host, environment }) =>
        role === claim.role && host === claim.host && environment === claim.environment,
    );

/** A server that has its port at several places would contradict itself when one of them moves. */
const isAlone = ({ name, role }: PortClaim, registry: Registry) =>
  registry.servers.get(name)?.claims.filter((claim) => claim.role === role).length === 1;

/** The next port that nobody has, in the claim's own range, else in its group's or any, else anywhere above. */
function freePort(claim: PortClaim, registry: Registry): number | undefined {
  const taken = new Set(allClaims(registry).map(({ port }) => port));
  const around = registry.ranges.filter((range) => inRange(claim.port, range));
  const ofGroup = registry.ranges.filter(({ name }) => name === claim.group);
  const [range = { from: claim.port, to: LARGEST_PORT }] =
    claim.range === undefined ? [...ofGroup, ...around] : [claim.range];
  const next = inRange(claim.port, { name: '', ...range }) ? claim.port + 1 : range.from;
  return [...ports(next, range.to), ...ports(range.from, next)].find((port) => !taken.has(port));
}

function* ports(from: number, to: number): Generator<number> {
  for (let port = from; port <= Math.min(to, LARGEST_PORT); port += 1) yield port;
}

interface Correction {
  readonly finding: RegistryFinding;
  readonly registry: Registry;
  readonly text: string;
}

function replacePort(
  claim: PortClaim,
  port: number | undefined,
  { finding, registry, text }: Correction,
): Proposal | undefined {
  return port === undefined ? undefined : replace(finding, { registry, text, old: claim.port, value: port });
}

interface Replacement {
  readonly registry: Registry;
  readonly text: string;
  readonly old: string | number;
  readonly value: string | number;
}

function replace(
  { place, server, message }: RegistryFinding,
  { registry, text, old, value }: Replacement,
): Proposal | undefined {
  const span = scalarAfter(text, offsetOf(text, place), old);
  if (span === undefined) return undefined;
  const { from, to, source } = span;
  const why = `${message}: ${old} becomes ${value}`;
  return { file: registry.file, place, server, why, from, to, text: inItsQuotes(source, value) };
}
