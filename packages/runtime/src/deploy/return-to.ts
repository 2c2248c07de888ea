import type { DeploymentStarted, StepToUndo } from '@sophia/core/deploy/event';
import { stepsOf, stepState } from '@sophia/core/deploy/state';
import { SophiaError } from '@sophia/core/errors';

import { requireTrustedWorkspace } from '../config/trusted-source.ts';
import { outcome } from '../host/outcome.ts';
import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import { checkPlan, maskStepSecrets } from './check-plan.ts';
import { conduct } from './conduct.ts';
import type { DeployInputs } from './deploy-inputs.ts';
import { deploymentFiles } from './deployment-files.ts';
import { deploymentOutcome, deploymentOutputs } from './deployment-outcome.ts';
import type { JournalStore, KnownDeployment } from './journal-store.ts';
import { freeId } from './read-deployment.ts';
import { LEASE_MARGIN_MS } from './lease.ts';
import { rememberForPost } from './post-state.ts';

/** A finished deployment that is in effect, with the steps of it that are. */
interface InEffect {
  readonly known: KnownDeployment;
  readonly steps: readonly StepToUndo[];
}

export interface ReturnRequest {
  readonly inputs: DeployInputs;
  readonly session: Session;
  readonly store: JournalStore;
  readonly environment: string;
}

/**
 * Goes back to an earlier deployment: a new deployment for each one after it, the newest first, that undoes it step by
 * step from its journal.
 *
 * @throws SophiaError `state` where there is no such deployment, or one is unfinished
 */
export async function returnTo({ inputs, session, store, environment }: ReturnRequest): Promise<Outcome> {
  const all = await store.list(environment);
  const undoing = deploymentsAfter(inputs.to, all, environment);
  if (undoing.length === 0) return alreadyThere(session, inputs.to, environment);
  if (inputs.dryRun) return dryRun(session, undoing, environment);
  await requireTrustedWorkspace(session);
  const base =
    session.common.deploymentId || `sophia-${environment}-${Math.floor(session.startedAtMs / 1000)}`;
  const timeouts = undoing.map(({ known }) => known.state.started.plan.timeoutMs);
  const leaseMs = Math.max(...timeouts) + LEASE_MARGIN_MS;
  const lock = await store.lock({ environment, deploymentId: base, leaseMs });
  try {
    let last: Outcome | undefined;
    // Who held the lock until now may have deployed.
    for (const one of deploymentsAfter(inputs.to, await store.list(environment), environment)) {
      const id = await freeId(store, base);
      last = await undoOne({ inputs, session, store, environment }, one, id);
      if (last.status !== 'rolled-back') break;
    }
    return last ?? alreadyThere(session, inputs.to, environment);
  } finally {
    await lock.release();
  }
}

const isRelease = ({ state }: KnownDeployment) =>
  state.started.undoes === null && (state.result === 'success' || state.result === 'warning');

function deploymentsAfter(
  to: string,
  all: readonly KnownDeployment[],
  environment: string,
): readonly InEffect[] {
  const open = all.find(({ state }) => state.mode !== 'finished');
  if (open !== undefined) {
    throw new SophiaError('state', {
      message: `the deployment ${open.id} is unfinished`,
      hint: 'undo it first: `phase: rollback` without `to`',
    });
  }
  const releases = all.filter(isRelease).map((known) => ({ known, steps: stepsInEffect(known, all) }));
  const inEffect = releases.filter(({ known, steps }) => steps.length > 0 || !isUndone(known, all));
  if (to === 'previous') {
    if (inEffect[0] !== undefined) return inEffect.slice(0, 1);
    throw notThere(`no finished deployment to ${environment} is in effect`, inEffect);
  }
  const index = inEffect.findIndex(({ known }) => known.id === to);
  if (index === -1)
    throw notThere(`${to} is no finished deployment to ${environment} that is in effect`, inEffect);
  return inEffect.slice(0, index);
}

const undoesOf = (known: KnownDeployment, all: readonly KnownDeployment[]) =>
  all.filter(({ state }) => state.started.undoes?.deploymentId === known.id);

const isUndone = (known: KnownDeployment, all: readonly KnownDeployment[]) =>
  undoesOf(known, all).some(({ state }) => state.result === 'rolled-back');

/** The steps of a release that no later deployment has undone yet, in the order of their start. */
function stepsInEffect(known: KnownDeployment, all: readonly KnownDeployment[]): readonly StepToUndo[] {
  if (isUndone(known, all)) return [];
  const isGone = (id: string) =>
    undoesOf(known, all).some(({ state }) => stepState(state, id).undo === 'done');
  return stepsOf(known.state.started)
    .map((planned) => ({ ...planned, own: stepState(known.state, planned.id) }))
    .filter(({ id, own }) => own.acted && own.undo !== 'done' && !isGone(id))
    .sort((a, b) => a.own.startedSeq - b.own.startedSeq)
    .map(({ phase, step, own }) => ({
      phase: phase.name,
      step: step.name,
      outputs: own.outputs,
      beforeOutputs: own.beforeOutputs,
    }));
}

const notThere = (message: string, inEffect: readonly InEffect[]) =>
  new SophiaError('state', {
    message,
    hint: `the input \`to\` is previous, or one of: ${inEffect.map(({ known }) => known.id).join(', ') || 'none yet'}`,
  });

async function undoOne(
  { inputs, session, store }: ReturnRequest,
  one: InEffect,
  deploymentId: string,
): Promise<Outcome> {
  const { host } = session;
  const { plan, environment, planHash, commit } = one.known.state.started;
  maskStepSecrets(plan, host, new Set());
  await checkPlan(plan, session);
  const started: DeploymentStarted = {
    type: 'deployment.started',
    deploymentId,
    environment,
    commit,
    planHash,
    plan,
    rollback: 'auto',
    run: host.run,
    undoes: { deploymentId: one.known.id, steps: one.steps },
  };
  rememberForPost(session, deploymentId);
  const journal = await store.create(started);
  const limits = { forwardMs: 0, rollbackMs: plan.rollbackTimeoutMs, atRollbackEnd: 'end' } as const;
  const { githubToken: token } = inputs;
  const end = await conduct({ session, journal, deploymentId, environment, commit, limits, token });
  return deploymentOutcome(session, end, { rollback: true });
}

function alreadyThere(session: Session, to: string, environment: string): Outcome {
  const { deploymentId } = session.common;
  return outcome({
    status: 'success',
    passes: true,
    environment,
    deploymentId,
    summary: `nothing to undo: ${to} is the deployment in effect`,
    outputs: deploymentOutputs(session, deploymentId),
    reportFile: deploymentFiles(`${deploymentId || 'deployment'}-rollback`).report,
  });
}

function dryRun(session: Session, undoing: readonly InEffect[], environment: string): Outcome {
  const { deploymentId } = session.common;
  for (const { known, steps } of undoing) {
    const names = steps.toReversed().map(({ phase, step }) => `${phase}/${step}`);
    session.host.log.info(`of ${known.id} would be undone: ${names.join(', ') || 'nothing'}`);
  }
  return outcome({
    status: 'planned',
    passes: true,
    environment,
    deploymentId,
    summary: `${undoing.length} deployments would be undone; nothing was done`,
    details: { deployments: undoing.map(({ known }) => known.id) },
    outputs: deploymentOutputs(session, deploymentId),
    reportFile: deploymentFiles(`${deploymentId || 'deployment'}-rollback`).report,
  });
}
