import type { Place } from '../../config/located.ts';

/** One place of a registry that gives a name a port. */
export interface PortClaim {
  readonly name: string;
  readonly port: number;
  readonly role: 'port' | 'health' | 'metrics';
  /** The machine that the entry is about; empty where the registry does not say. */
  readonly host: string;
  /** The environment of the registry that the entry is in; empty where it has none. */
  readonly environment: string;
  /** The category or tier above the entry; empty where there is none. */
  readonly group: string;
  /** The range that encloses the entry, where its category has one. */
  readonly range: PortRange | undefined;
  readonly place: Place;
  /** JSON path, such as `$.servers.ai_memory`. */
  readonly path: string;
}

/** Both ends belong to it. */
export interface PortRange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** How an entry says that its server is started: the editors' `mcpServers` form, and what grew out of it. */
export interface Launch {
  readonly command: readonly [string, ...string[]];
  /** Values as they stand there, `${NAME}` included. */
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly transport: 'stdio' | 'sse' | 'http' | '';
  readonly healthEndpoint: string;
  readonly place: Place;
  /** What stands there and is no part of a command: it is not started without it. */
  readonly faults: readonly { readonly message: string; readonly place: Place }[];
}

/** A server as the registry has it. */
export interface RegistryServer {
  readonly name: string;
  /** In the order of the file; several different ones are a contradiction. */
  readonly claims: readonly PortClaim[];
  readonly launch: Launch | undefined;
  /** The address of a server that runs elsewhere and is not started. */
  readonly url: string;
  /** Smaller starts first; words become 1 (critical) to 4 (low). */
  readonly priority: number | undefined;
  readonly needs: readonly string[];
  /** What its own entry says that it needs, and nobody is called. */
  readonly lacks: readonly StatedNeed[];
}

/** A name that an entry says that it needs. */
export interface StatedNeed {
  readonly name: string;
  readonly place: Place;
}

/** What can be wrong with a registry. */
export type FindingRule =
  | 'double-port'
  | 'contradiction'
  | 'ghost-name'
  | 'impossible-port'
  | 'out-of-range'
  | 'removed-but-listed'
  | 'unknown-field'
  | 'unreadable-value';

/** One thing that is wrong (`failure`) or merely unusual (`warning`). */
export interface RegistryFinding {
  readonly rule: FindingRule;
  readonly level: 'failure' | 'warning';
  readonly message: string;
  /** The server that it is about; empty where it is about the file. */
  readonly server: string;
  readonly place: Place;
  readonly path: string;
}

/** The one model of all shapes. */
export interface Registry {
  readonly file: string;
  readonly servers: ReadonlyMap<string, RegistryServer>;
  readonly ranges: readonly PortRange[];
  readonly findings: readonly RegistryFinding[];
}

/** The largest port there is (RFC 6335: 16 bits); 0 cannot be listened on by number. */
export const LARGEST_PORT = 65_535;

export const isPort = (value: number) => Number.isInteger(value) && value >= 1 && value <= LARGEST_PORT;
