import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import { stopFleet } from './fleet.ts';
import { STATE_STARTED } from './run-orchestrate.ts';
import type { OrchestrateInputs } from './run-orchestrate.ts';

/**
 * Stops the fleet that the main step started, also where that step failed or was cancelled, and proves that nothing is
 * left. The report of the main step stays as it is.
 */
export async function runOrchestratePost(
  inputs: OrchestrateInputs,
  session: Session,
): Promise<Outcome | undefined> {
  const { host } = session;
  if (host.readState(STATE_STARTED) !== 'true') return undefined;
  const { items, warnings } = await stopFleet({
    session,
    config: undefined,
    registry: inputs.registry,
    onLine: (line) => host.log.info(line),
  });
  host.log.info(
    items.length === 0
      ? (warnings[0]?.message ?? 'no fleet was running any more')
      : `${items.length} servers stopped, nothing is left of them`,
  );
  return undefined;
}
