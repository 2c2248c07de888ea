// For callers (the gate's kind `fleet`, deploy-phase's step `fleet: start`, mcp-orchestrate, the CLI):
//
//   const result = await startFleet({ session, config });   // config = loadConfig(session, [..., 'mcp'])
//   result.status   'success' | 'warning' | 'failure'        (judged by severity, as in a report)
//   result.items    one ReportItem a server, kind `mcp-server`; details.state is its state in the fleet
//   await stopFleet({ session, config });                    // the undo; a successful no-op where nothing runs
//   await fleetStatus({ session, config });                  // asks the running supervisor; `running: false` where none is
//
// The fleet is found by the configuration's path, so every step of a job that reads the same file means the same
// fleet. The supervisor is this bundle started again: `main.ts` must dispatch first, before anything else:
//
//   if (process.argv[2] === 'supervise') await (await import('@sophia/runtime/fleet/supervise')).supervise(process.argv[3] ?? '');
import type { Config } from '@sophia/core/config/parse-config';
import type { ReportItem } from '@sophia/core/report/envelope';

import type { Session } from '../host/session.ts';

/** Which fleet is meant, and what to do with how much of it. */
export interface FleetRequest {
  readonly session: Session;
  /** The configuration, read with at least the section `mcp`; undefined: the fleet is the registry's alone. */
  readonly config: Config<'mcp'> | undefined;
  /** Names of servers; default: all. What they need is started with them. */
  readonly names?: readonly string[];
  /** Path of a registry from the working directory, instead of the configuration's. */
  readonly registry?: string;
  /** How long the supervisor lives at most. Default: 6 h. */
  readonly maxLifetimeMs?: number;
  /** Ends the wait early, besides the host's own signal; a fleet whose start was cut short is stopped. */
  readonly signal?: AbortSignal;
  /** Called with one line for people whenever a server changes its state. */
  readonly onLine?: (line: string) => void;
}

/** A fleet as it is. */
export interface FleetResult {
  readonly status: 'success' | 'warning' | 'failure';
  /** True where a supervisor runs. */
  readonly running: boolean;
  readonly items: readonly ReportItem[];
  readonly stateDirectory: string;
}

/** Starts the fleet and waits until each server is healthy or can no longer become so; running already: waits too. */
export async function startFleet(request: FleetRequest): Promise<FleetResult> {
  throw new Error(`not yet: ${request.session.directory}`);
}

/** Stops the fleet in reverse order and proves that nothing is left of it, also after a supervisor that was killed. */
export async function stopFleet(request: FleetRequest): Promise<FleetResult> {
  throw new Error(`not yet: ${request.session.directory}`);
}

/** Asks the running supervisor. */
export async function fleetStatus(request: FleetRequest): Promise<FleetResult> {
  throw new Error(`not yet: ${request.session.directory}`);
}
