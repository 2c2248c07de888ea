import type { Config } from '@sophia/core/config/parse-config';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import type { ReportItem } from '@sophia/core/report/envelope';

import type { Session } from '../host/session.ts';
import type { SupervisorProgram } from './launch.ts';
import { stateDirectoryOf } from './state-directory.ts';

/** Which fleet is meant, and what to do with how much of it. */
export interface FleetRequest {
  readonly session: Session;
  /** The configuration, read with at least the section `mcp`; undefined: the fleet is the registry's alone. */
  readonly config: Config<'mcp'> | undefined;
  /** Names of servers; default: all. What they need is started with them. */
  readonly names?: readonly string[];
  /** Path of a registry from the working directory, instead of the configuration's. */
  readonly registry?: string;
  /** A fleet that differs from what is described, for a proof; absent: as described. */
  readonly adjust?: (server: ServerSpec) => ServerSpec;
  /** How long the supervisor lives at most. Default: 6 h. */
  readonly maxLifetimeMs?: number;
  /** Ends the wait early, besides the host's own signal; a fleet whose start was cut short is stopped. */
  readonly signal?: AbortSignal;
  /** Called with one line for people whenever a server changes its state. */
  readonly onLine?: (line: string) => void;
  /** The program that becomes the supervisor. Default: this bundle. */
  readonly supervisor?: SupervisorProgram;
}

/** A fleet as it is. */
export interface FleetResult {
  readonly status: 'success' | 'warning' | 'failure';
  /** True where a supervisor runs. */
  readonly running: boolean;
  readonly items: readonly ReportItem[];
  /** What people should see of servers that are well, such as ports that others can reach. */
  readonly warnings: readonly { readonly name: string; readonly message: string }[];
  readonly stateDirectory: string;
}

/** @returns the folder of the fleet that a request means. */
export const fleetDirectory = ({ session, registry = '' }: FleetRequest) =>
  stateDirectoryOf(session, registry);
