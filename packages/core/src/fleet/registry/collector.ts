import type { Place } from '../../config/located.ts';
import { renderJsonPath } from './json-path.ts';
import type { JsonPath } from './json-path.ts';
import type { FindingRule, Launch, PortClaim, PortRange, RegistryFinding, StatedNeed } from './registry.ts';
import { isPort } from './registry.ts';

/** Where a walk over a registry is, and what the parts above said. */
export interface Spot {
  readonly path: JsonPath;
  readonly place: Place;
  /** The last key of the path. */
  readonly key: string;
  /**
   * `named`: below a key that says `servers`, `services` or `ports`, so that numbers are ports; `guessed`: in a file
   * without such a key, where what can be a port is taken for one.
   */
  readonly holder: 'none' | 'guessed' | 'named';
  readonly group: string;
  readonly host: string;
  readonly environment: string;
  readonly range: PortRange | undefined;
}

/** A name in a list of the file: an order, a group, what another needs. */
export interface NameReference {
  readonly name: string;
  /** The list that it is in. */
  readonly list: string;
  readonly path: string;
  readonly place: Place;
  /** `named`: the list's key says that these are servers; `removed`: it says that they are gone. */
  readonly kind: 'named' | 'words' | 'removed';
}

/** What an entry says beside its ports. */
export interface EntryFacts {
  readonly name: string;
  readonly launch: Launch | undefined;
  readonly url: string;
  readonly priority: number | undefined;
  readonly needs: readonly string[];
  /** Those of `needs` that the entry says in so many words, with their places. */
  readonly stated: readonly StatedNeed[];
}

/** A port that stands somewhere, and what stands there where that is no number. */
interface Claimed {
  readonly port: number;
  readonly role?: PortClaim['role'];
  readonly written?: string;
}

/** Collects everything that a registry says, in the order of the file, before it is put together. */
export class Collector {
  /** Every server, in the order of the file. */
  readonly names = new Set<string>();
  readonly claims: PortClaim[] = [];
  readonly entries: EntryFacts[] = [];
  readonly references: NameReference[] = [];
  readonly ranges: PortRange[] = [];
  readonly order: string[] = [];
  readonly needs = new Map<string, readonly string[]>();
  readonly findings: RegistryFinding[] = [];

  /** How much was found until now. */
  get size(): number {
    const { names, claims, references, ranges, findings, entries } = this;
    return names.size + claims.length + references.length + ranges.length + findings.length + entries.length;
  }

  /** Notes that the name has this port here; a number that is no port is reported instead. */
  claim(spot: Spot, name: string, { port, role = 'port', written }: Claimed): void {
    this.names.add(name);
    if (!isPort(port)) {
      const shown = Number.isNaN(port) ? JSON.stringify(written ?? '') : port;
      const message = `"${name}" has ${role === 'port' ? 'port' : `${role} port`} ${shown}: a port is a whole number from 1 to 65535`;
      this.report(spot, { rule: 'impossible-port', message, server: name });
      return;
    }
    const { host, environment, group, range, place } = spot;
    this.claims.push({
      name,
      port,
      role,
      host,
      environment,
      group,
      range,
      place,
      path: renderJsonPath(spot.path),
    });
  }

  report(spot: Spot, found: { rule: FindingRule; message: string; server: string }): void {
    const level = found.rule === 'unreadable-value' || found.rule === 'unknown-field' ? 'warning' : 'failure';
    this.findings.push({ ...found, level, place: spot.place, path: renderJsonPath(spot.path) });
  }
}
