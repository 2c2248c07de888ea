import type { ServerFault, StateName } from './server-status.ts';

/** What a handshake with a server told. */
export interface HandshakeFacts {
  readonly era: 'modern' | 'legacy';
  readonly protocolVersion: string;
  /** Name and version as the server gives them; untrusted. */
  readonly server: string;
  readonly tools: readonly string[];
}

/** A server as its supervisor sees it; times are milliseconds since 1970. */
export interface ServerSnapshot {
  readonly name: string;
  readonly critical: boolean;
  readonly needs: readonly string[];
  readonly port: number | null;
  /** The address for clients; empty where it speaks over pipes only. */
  readonly url: string;
  readonly state: StateName;
  readonly because: string | null;
  readonly fault: ServerFault | null;
  readonly pid: number | null;
  readonly attempts: number;
  readonly restarts: number;
  readonly firstSpawnedAtMs: number | null;
  readonly readyMs: number | null;
  /** When it was given up; null where it was not. */
  readonly failedAtMs: number | null;
  readonly recoveriesMs: readonly number[];
  readonly handshake: HandshakeFacts | null;
  /** Ports that it listens on and that nobody gave it. */
  readonly undeclaredPorts: readonly number[];
  /** Ports that other machines can reach. */
  readonly publicPorts: readonly number[];
  /** False where this machine cannot tell to whom a socket belongs. */
  readonly ownershipProven: boolean;
  /** Bytes of its output that could not be written to its log: the disk is full. */
  readonly lostLogBytes: number;
  /** The last lines of its output, redacted; only of one that is not well. */
  readonly tail: readonly string[];
}

/** A fleet as its supervisor sees it. */
export interface FleetSnapshot {
  readonly fleetId: string;
  readonly fingerprint: string;
  readonly supervisorPid: number;
  readonly startedAtMs: number;
  /** True where nothing more will happen by itself. */
  readonly settled: boolean;
  readonly servers: readonly ServerSnapshot[];
}
