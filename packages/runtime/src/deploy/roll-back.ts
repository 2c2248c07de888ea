import type { EventBody, RollbackReason } from '@sophia/core/deploy/event';

import type { Session } from '../host/session.ts';
import { checkPlan, maskStepSecrets } from './check-plan.ts';
import { conduct } from './conduct.ts';
import type { DeploymentEnd } from './deployment-outcome.ts';
import { endOrphans } from './end-orphans.ts';
import type { JournalStore, KnownDeployment } from './journal-store.ts';

export interface RollBackRequest {
  readonly session: Session;
  readonly store: JournalStore;
  readonly known: KnownDeployment;
  readonly reason: RollbackReason;
  readonly token: string;
  /** Default: as long as the plan says, and the rollback ends with what it has. */
  readonly limits?: { readonly rollbackMs: number; readonly atRollbackEnd: 'end' | 'leave-open' };
}

/** Undoes a deployment from its journal; the caller holds the lock. */
export async function rollBack(request: RollBackRequest): Promise<DeploymentEnd> {
  const { session, store, known, reason } = request;
  const { host } = session;
  const { plan, environment, deploymentId, commit } = known.state.started;
  maskStepSecrets(plan, host, new Set());
  await checkPlan(plan, session);
  await endOrphans(known.state, host);
  const journal = await store.reopen(deploymentId);
  const { dropped } = journal;
  const first: EventBody[] = [
    ...(dropped === null ? [] : [{ type: 'deployment.resumed', run: host.run, dropped } as const]),
    { type: 'rollback.started', reason, failedStep: known.state.failedStep },
  ];
  const rollbackMs = request.limits?.rollbackMs ?? plan.rollbackTimeoutMs;
  const limits = { forwardMs: 0, rollbackMs, atRollbackEnd: request.limits?.atRollbackEnd ?? 'end' } as const;
  const { token } = request;
  return conduct({ session, journal, deploymentId, environment, commit, first, limits, token });
}
