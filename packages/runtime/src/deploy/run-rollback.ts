import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { remainingSteps } from '@sophia/core/deploy/next-event';
import { SophiaError } from '@sophia/core/errors';

import { requireTrustedWorkspace } from '../config/trusted-source.ts';
import { outcome } from '../host/outcome.ts';
import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import type { DeployInputs } from './deploy-inputs.ts';
import { deploymentFiles } from './deployment-files.ts';
import { deploymentOutcome, deploymentOutputs } from './deployment-outcome.ts';
import type { JournalStore, KnownDeployment } from './journal-store.ts';
import { LEASE_MARGIN_MS } from './lease.ts';
import { findStore } from './open-store.ts';
import { rememberForPost } from './post-state.ts';
import { returnTo } from './return-to.ts';
import { rollBack } from './roll-back.ts';

/**
 * Undoes an unfinished or failed deployment from its journal alone; with `to`, goes back to an earlier one. Where there
 * is nothing to undo, that is a success.
 */
export async function runRollback(inputs: DeployInputs, session: Session): Promise<Outcome> {
  const found = await findStore(session, inputs);
  const { store } = found;
  if (inputs.to !== '') return returnTo({ inputs, session, ...found });
  const { known, environment } = await findDeployment(session, found);
  if (known === undefined || !canBeUndone(known)) return nothingToUndo(session, known, environment);
  if (inputs.dryRun) return dryRun(session, known);
  await requireTrustedWorkspace(session);
  const leaseMs = known.state.started.plan.timeoutMs + LEASE_MARGIN_MS;
  const lock = await store.lock({ environment, deploymentId: known.id, leaseMs });
  try {
    // Who held the lock until now may have settled it.
    const now = await store.find(known.id);
    if (now === undefined || !canBeUndone(now)) return nothingToUndo(session, now, environment);
    rememberForPost(session, now.id);
    const { githubToken: token } = inputs;
    const end = await rollBack({ session, store, known: now, reason: 'requested', token });
    return deploymentOutcome(session, end, { rollback: true });
  } finally {
    await lock.release();
  }
}

/** The deployment of the id; without an id, the newest of the environment. */
async function findDeployment(
  session: Session,
  { store, environment: found }: { store: JournalStore; environment: string },
) {
  const { deploymentId, environment: asked } = session.common;
  if (deploymentId !== '') {
    const known = await store.find(deploymentId);
    const environment = known?.state.started.environment ?? asked;
    if (asked === '' || asked === environment) return { known, environment };
    throw new SophiaError('usage', {
      message: `the deployment ${deploymentId} went to ${environment}, not to ${asked}`,
      hint: 'correct the input `environment` or `deployment-id`',
    });
  }
  const [known] = await store.list(found);
  return { known, environment: found };
}

const canBeUndone = ({ state }: KnownDeployment) =>
  state.mode !== 'finished' || state.result === 'failure' || state.result === 'rollback-failed';

function nothingToUndo(session: Session, known: KnownDeployment | undefined, environment: string): Outcome {
  const deploymentId = known?.id ?? session.common.deploymentId;
  const files = deploymentFiles(deploymentId || 'deployment');
  const why =
    known === undefined ? 'there is no deployment' : `${known.id} ended with ${known.state.result ?? ''}`;
  // The report of a deployment is not replaced by one that says that there was nothing to do.
  const isTaken = existsSync(join(session.directory, files.report));
  return outcome({
    status: 'success',
    passes: true,
    environment,
    deploymentId,
    summary: `nothing to roll back: ${why}`,
    outputs: deploymentOutputs(session, deploymentId),
    reportFile: isTaken ? files.report.replace(/-report\.json$/, '-rollback-report.json') : files.report,
  });
}

function dryRun(session: Session, known: KnownDeployment): Outcome {
  const steps = remainingSteps(known.state);
  session.host.log.info(
    `of ${known.id} would be undone, the step that was started last first: ${steps.join(', ') || 'nothing'}`,
  );
  return outcome({
    status: 'planned',
    passes: true,
    environment: known.state.started.environment,
    deploymentId: known.id,
    summary: `${steps.length} steps would be undone; nothing was done`,
    details: { remaining: steps },
    outputs: { ...deploymentOutputs(session, known.id), 'plan-hash': known.state.started.planHash },
    reportFile: deploymentFiles(known.id).report.replace(/-report\.json$/, '-rollback-report.json'),
  });
}
