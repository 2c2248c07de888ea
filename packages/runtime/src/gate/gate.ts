import type { Config } from '@sophia/core/config/parse-config';
import type { FailOn, GateVerdict } from '@sophia/core/gate/verdict';
import type { ReportItem } from '@sophia/core/report/envelope';

import type { Session } from '../host/session.ts';
import type { Variables } from '../host/host.ts';

/** Checks to run, and for whom. */
export interface GateRequest {
  /**
   * `secrets` and `mcp` are read only by checks of kind `secrets` and `fleet`; {@link sectionsOf} says which sections
   * the checks need.
   */
  readonly config: Config<'checks' | 'gate' | 'secrets' | 'mcp'>;
  /** Names of checks, or `all`. */
  readonly names: readonly string[] | 'all';
  readonly session: Session;
  /** Default: `critical`. */
  readonly failOn?: FailOn;
  /** What probes read their keys from; default: the host's variables. */
  readonly variables?: Variables;
  /** Ends the gate early, besides the host's own signal. */
  readonly signal?: AbortSignal;
  /** Called once a check, when it ends (before anything is folded), in the order of ending. */
  readonly onItem?: (item: ReportItem) => void;
}

/** One item a check, in the order of the file, and what they come to. */
export interface GateResult {
  readonly items: readonly ReportItem[];
  readonly verdict: GateVerdict;
}

/**
 * Asks every service, side by side, under one deadline, and judges the answers.
 *
 * @throws SophiaError `usage` for a name that no check has, `unsupported` for a check that this version does not do;
 *   nothing has run by then
 */
export async function runGate(request: GateRequest): Promise<GateResult> {
  throw new Error(`not yet: ${request.names}`);
}
