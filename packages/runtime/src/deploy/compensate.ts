import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import type { DeployInputs } from './deploy-inputs.ts';
import { deploymentOutcome } from './deployment-outcome.ts';
import { LEASE_MARGIN_MS } from './lease.ts';
import { localStore, openStore } from './open-store.ts';
import { rememberedForPost } from './post-state.ts';
import { rollBack } from './roll-back.ts';

/** After a cancel, the runner gives post steps five minutes (notes of the runner); one is left for reports. */
const MOST_MS = 4 * 60_000;

/**
 * What the post step does: a deployment that the main step left unfinished, because it was cancelled or died, is
 * rolled back. What does not fit into the time is left in the open journal, for `phase: rollback`.
 *
 * @returns undefined where there is nothing to do
 */
export async function compensate(inputs: DeployInputs, session: Session): Promise<Outcome | undefined> {
  const { host } = session;
  const { deploymentId, cancelled, kept } = rememberedForPost(session);
  if (deploymentId === '') return undefined;
  const here = await localStore(session).find(deploymentId);
  if (here === undefined) return undefined;
  const { environment, plan, rollback } = here.state.started;
  if (!kept && plan.journal === 'artifact') await keepJournal(inputs, session, environment);
  if (here.state.mode === 'finished') return undefined;
  if (rollback === 'manual') {
    host.log.warning(
      `${deploymentId} is unfinished, and \`rollback\` is manual: undo it with \`phase: rollback\``,
    );
    return undefined;
  }
  const store = await openStore(session, { kind: plan.journal, environment, inputs });
  const lock = await store.lock({ environment, deploymentId, leaseMs: plan.timeoutMs + LEASE_MARGIN_MS });
  try {
    const known = await store.find(deploymentId);
    if (known === undefined || known.state.mode === 'finished') return undefined;
    const reason = cancelled ? 'cancelled' : 'unfinished';
    const limits = {
      rollbackMs: Math.min(plan.rollbackTimeoutMs, MOST_MS),
      atRollbackEnd: 'leave-open',
    } as const;
    const token = inputs.githubToken;
    const end = await rollBack({ session, store, known, reason, token, limits });
    return deploymentOutcome(session, end, { rollback: true });
  } finally {
    await lock.release();
  }
}

/** The main step was cancelled or died before it could upload the journal. */
async function keepJournal(inputs: DeployInputs, session: Session, environment: string): Promise<void> {
  const { ArtifactStore } = await import('./artifact-store.ts');
  const token = inputs.journalToken || inputs.githubToken;
  await new ArtifactStore({ session, environment, token, local: localStore(session) }).upload();
}
