import { comparePlans } from '@sophia/core/deploy/compare-plans';
import type { EventBody } from '@sophia/core/deploy/event';
import { renderPlan } from '@sophia/core/deploy/render-plan';
import { SophiaError } from '@sophia/core/errors';

import { requireTrustedWorkspace } from '../config/trusted-source.ts';
import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import { checkPlan } from './check-plan.ts';
import { checkTargets } from './check-targets.ts';
import { conduct } from './conduct.ts';
import type { DeployInputs } from './deploy-inputs.ts';
import { deploymentOutcome, plannedOutcome } from './deployment-outcome.ts';
import { endOrphans } from './end-orphans.ts';
import type { EnvironmentLock, JournalStore, KnownDeployment, OpenJournal } from './journal-store.ts';
import { lossNotice } from './loss-notice.ts';
import { readDeployment } from './read-deployment.ts';
import type { ReadyDeployment } from './read-deployment.ts';
import { LEASE_MARGIN_MS } from './lease.ts';
import { localStore, openStore } from './open-store.ts';
import { rememberCancel, rememberForPost } from './post-state.ts';
import { rollBack } from './roll-back.ts';
import { runRollback } from './run-rollback.ts';
import { startedEvent } from './started-event.ts';

/**
 * Runs a deployment, or undoes one (contract, section 3): plans, and unless it is a dry run, takes the environment's
 * lock, settles what an earlier run left open, and runs the plan as a journaled saga.
 *
 * @throws SophiaError where it may not or cannot begin; nothing has run by then
 */
export async function runDeploy(inputs: DeployInputs, session: Session): Promise<Outcome> {
  if (inputs.phase === 'rollback') return runRollback(inputs, session);
  if (inputs.to !== '') throw toWithoutRollback();
  const ready = await readDeployment(inputs, session);
  if (inputs.dryRun) return dryRun(session, ready);
  await requireTrustedWorkspace(session);
  await checkPlan(ready.plan, session);
  await checkTargets(ready, session);
  const { environment, timeoutMs, journal: kind } = ready.plan;
  const store = await openStore(session, { kind, environment, inputs });
  const leaseMs = timeoutMs + LEASE_MARGIN_MS;
  const lock = await store.lock({ environment, deploymentId: ready.deploymentId, leaseMs });
  try {
    return await deploy({ inputs, session, store, ready, lock });
  } finally {
    await lock.release();
  }
}

async function dryRun(session: Session, ready: ReadyDeployment): Promise<Outcome> {
  const { host } = session;
  host.log.info(renderPlan(ready));
  // A dry run contacts nothing: only what is on this disk is compared.
  const last = (await localStore(session).list(ready.plan.environment)).find(isSuccess);
  const changes =
    last === undefined ? [] : comparePlans(last.state.started, { plan: ready.plan, commit: host.run.sha });
  if (last !== undefined)
    host.log.info(`against the last success, ${last.id}: ${changes.join('\n') || 'no change'}`);
  const { journal } = ready.plan;
  if (journal !== 'file') host.log.info(notCompared(journal, last));
  const planned = plannedOutcome(session, { ...ready, changes });
  return { ...planned, outputs: { ...planned.outputs, pipeline: JSON.stringify(ready.pipeline) } };
}

/** Only a difference to what is here can be shown: a newer success may be at GitHub. */
function notCompared(journal: 'artifact' | 'git-ref', last: KnownDeployment | undefined): string {
  const here =
    last === undefined ? 'not compared with the last success' : `${last.id} is the last success here`;
  return `${here}: \`journal: ${journal}\` keeps journals on GitHub, and a dry run contacts nothing`;
}

const isSuccess = ({ state }: KnownDeployment) =>
  state.started.undoes === null && (state.result === 'success' || state.result === 'warning');

interface DeployRequest {
  readonly inputs: DeployInputs;
  readonly session: Session;
  readonly store: JournalStore;
  readonly ready: ReadyDeployment;
  readonly lock: EnvironmentLock;
}

async function deploy(request: DeployRequest): Promise<Outcome> {
  const { inputs, session, store, ready } = request;
  const known = await store.find(ready.deploymentId);
  if (known !== undefined) refuseContinuation(known, inputs, ready);
  const blocking = await settleOthers(request);
  if (blocking !== undefined) return blocking;
  rememberForPost(session, ready.deploymentId);
  if (known === undefined) {
    const started = startedEvent(ready, session, inputs.rollback);
    return conductForward(request, await store.create(started), []);
  }
  await endOrphans(known.state, session.host);
  const journal = await store.reopen(known.id);
  const { dropped } = journal;
  return conductForward(request, journal, [{ type: 'deployment.resumed', run: session.host.run, dropped }]);
}

async function conductForward(
  request: DeployRequest,
  journal: OpenJournal,
  resumed: readonly EventBody[],
): Promise<Outcome> {
  const { inputs, session, ready, lock } = request;
  const { host } = session;
  const { timeoutMs, rollbackTimeoutMs, environment } = ready.plan;
  const usedMs = host.clock.monotonicMs() - session.startedMonotonicMs;
  const first: EventBody[] = [
    ...resumed,
    ...(lock.takenFrom === undefined ? [] : [takeover(session, lock.takenFrom)]),
  ];
  const { deploymentId } = ready;
  const limits = {
    forwardMs: Math.max(0, timeoutMs - rollbackTimeoutMs - usedMs),
    rollbackMs: rollbackTimeoutMs,
    atRollbackEnd: 'end',
  } as const;
  const token = inputs.githubToken;
  const commit = host.run.sha;
  const end = await conduct({ session, journal, deploymentId, environment, commit, first, limits, token });
  if (end.cancelled) rememberCancel(session);
  const outcome = deploymentOutcome(session, end, { rollback: false });
  return { ...outcome, annotations: [...outcome.annotations, ...lossNotice(host, ready.plan.journal)] };
}

const takeover = (
  session: Session,
  { deploymentId, reason }: NonNullable<EnvironmentLock['takenFrom']>,
): EventBody => ({
  type: 'override',
  what: 'lock taken over',
  actor: session.host.run.actor,
  reason: `${deploymentId}: ${reason}`,
});

/** @throws SophiaError `state` where the journal of this id may not be continued by this run */
function refuseContinuation(
  { state, id, path }: KnownDeployment,
  inputs: DeployInputs,
  ready: ReadyDeployment,
): void {
  if (state.mode === 'finished') {
    throw new SophiaError('state', {
      message: `the deployment ${id} is finished (${state.result ?? 'unknown'}): its journal is ${path}`,
      hint: 'give another `deployment-id`, for instance with the number of the attempt at its end',
    });
  }
  if (inputs.resume === 'never') {
    throw new SophiaError('state', {
      message: `the deployment ${id} is unfinished, and \`resume\` is never`,
      hint: 'undo it with `phase: rollback`, or continue it with `resume: auto`',
    });
  }
  if (state.started.planHash !== ready.planHash) {
    throw new SophiaError('state', {
      message: `the deployment ${id} was begun with another plan: plan, commit or configuration changed since`,
      hint: 'undo it with `phase: rollback`, then deploy anew; or resume it at its own commit',
    });
  }
}

/**
 * A deployment that another run left open is rolled back before this one begins.
 *
 * @returns the outcome to end with where that did not succeed
 */
async function settleOthers({ inputs, session, store, ready }: DeployRequest): Promise<Outcome | undefined> {
  const others = await store.list(ready.plan.environment);
  const open = others.find(({ id, state }) => state.mode !== 'finished' && id !== ready.deploymentId);
  if (open === undefined) return undefined;
  if (inputs.rollback === 'manual') {
    throw new SophiaError('state', {
      message: `the deployment ${open.id} to ${ready.plan.environment} is unfinished, and \`rollback\` is manual`,
      hint: 'undo it with `phase: rollback`, or continue it under its own `deployment-id`',
    });
  }
  session.host.log.warning(`the deployment ${open.id} was left unfinished; it is rolled back first`);
  const end = await rollBack({
    session,
    store,
    known: open,
    reason: 'unfinished',
    token: inputs.githubToken,
  });
  return end.state.result === 'rolled-back'
    ? undefined
    : deploymentOutcome(session, end, { rollback: false });
}

const toWithoutRollback = () =>
  new SophiaError('usage', {
    message: 'the input `to` is for a rollback only',
    hint: 'set the input `phase` to rollback, or leave this one out',
  });
