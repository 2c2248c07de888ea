import type { ServerFault } from '@sophia/core/fleet/server-status';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';

/** A process, by what names it for good. */
export interface ProcessId {
  readonly pid: number;
  readonly startTime: string;
}

/**
 * Everything that a supervisor is told, once, over its stdin: the values of secrets are in it, so it is never a file,
 * an argument or a variable.
 */
export interface FleetOrder {
  readonly fleetId: string;
  /** Says whether a running fleet is the one that is wanted; holds no value that could be guessed from it. */
  readonly fingerprint: string;
  readonly servers: readonly OrderedServer[];
  readonly concurrency: number;
  readonly startTimeoutMs: number;
  readonly maxLifetimeMs: number;
  /** The fleet ends when this process is gone; null: it lives until it is stopped. */
  readonly owner: ProcessId | null;
  /** What must not be seen in logs. */
  readonly redacted: readonly string[];
}

/** A server with its whole environment. */
export interface OrderedServer {
  readonly spec: ServerSpec;
  /** Absolute. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Why it cannot be started at all; null where it can. */
  readonly obstacle: ServerFault | null;
}
