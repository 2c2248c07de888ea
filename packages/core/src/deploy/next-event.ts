import type { DeploymentResult, EventBody, RollbackReason } from './event.ts';
import { stepId } from './plan.ts';
import type { PlannedPhase } from './plan.ts';
import { isActive, isToleratedFailure, needsUndo, stepsOf, stepState } from './state.ts';
import type { DeploymentState, StepInPlan } from './state.ts';

/** What the journal does not know: the world around the deployment at this moment. */
export interface Situation {
  /** The run was cancelled: nothing new is begun, and the journal stays open. */
  readonly cancelled: boolean;
  /** The time for forward work is used up. */
  readonly forwardExpired: boolean;
  /** The time for the rollback is used up: it ends with what it has, or stays open for a later run. */
  readonly rollbackExpired: 'no' | 'end' | 'leave-open';
}

/**
 * Decides what comes next, from the state alone: a live run and one that was read back go on alike.
 *
 * @returns the event to record now, or undefined where there is nothing to do but wait (or nothing at all)
 */
export function nextEvent(state: DeploymentState, situation: Situation): EventBody | undefined {
  if (situation.cancelled) return undefined;
  switch (state.mode) {
    case 'forward':
      return nextForward(state, situation);
    case 'ending':
      return nextEnding(state);
    case 'undoing':
      return nextUndo(state, situation);
    case 'undone':
      return finish(state, remainingSteps(state).length === 0 ? 'rolled-back' : 'rollback-failed');
    case 'finished':
      return undefined;
  }
}

const isSettled = (state: DeploymentState) => !Object.values(state.steps).some(isActive);

const finish = (state: DeploymentState, status: DeploymentResult): EventBody => ({
  type: 'deployment.finished',
  status,
  failedStep: state.failedStep,
});

const finishPhase = (phase: PlannedPhase, status: 'success' | 'failure' | 'stopped'): EventBody => ({
  type: 'phase.finished',
  phase: phase.name,
  status,
});

const phasesThatAre = (state: DeploymentState, status: DeploymentState['phases'][string]) =>
  state.started.plan.phases.filter(({ name }) => state.phases[name] === status);

function nextForward(state: DeploymentState, { forwardExpired }: Situation): EventBody | undefined {
  const { phases } = state.started.plan;
  const ended = phases.every(
    ({ name }) => state.phases[name] === 'success' || state.phases[name] === 'failure',
  );
  const dueUndo = forwardExpired && !ended ? undefined : undoOfRegions(state);
  if (dueUndo !== undefined) return dueUndo;
  if (ended) return isSettled(state) ? finish(state, forwardResult(state)) : undefined;
  const running = phasesThatAre(state, 'running');
  for (const phase of running) {
    const next = nextInPhase(state, phase, forwardExpired);
    if (next !== undefined) return next;
  }
  if (forwardExpired) return isSettled(state) ? endForTime(state, running) : undefined;
  const due = phasesThatAre(state, 'pending').find(({ needs }) => needs.every((name) => isOver(state, name)));
  return due === undefined ? undefined : { type: 'phase.started', phase: due.name };
}

function forwardResult(state: DeploymentState): DeploymentResult {
  const failed = phasesThatAre(state, 'failure');
  const left = remaining(state).some(({ phase }) => isToleratedFailure(state, phase));
  if (left) return 'failure';
  return failed.length > 0 ? 'warning' : 'success';
}

/** A region whose failure is tolerated goes back to what it was, beside the others that go on. */
function undoOfRegions(state: DeploymentState): EventBody | undefined {
  for (const phase of phasesThatAre(state, 'failure')) {
    const own = stepsOf(state.started).filter((planned) => planned.phase.name === phase.name);
    if (!isToleratedFailure(state, phase) || own.some(({ id }) => isActive(stepState(state, id)))) continue;
    const due = lastStarted(
      state,
      own.filter((planned) => isDueUndo(state, planned)),
    );
    if (due !== undefined) return { type: 'undo.started', phase: phase.name, step: due.step.name };
  }
  return undefined;
}

const isDueUndo = (state: DeploymentState, planned: StepInPlan) => {
  const own = stepState(state, planned.id);
  return needsUndo(planned, own) && own.undo !== 'failed';
};

const lastStarted = (state: DeploymentState, steps: readonly StepInPlan[]): StepInPlan | undefined =>
  [...steps].sort((a, b) => stepState(state, b.id).startedSeq - stepState(state, a.id).startedSeq)[0];

/** A need that failed and was forgiven holds nobody up. */
const isOver = (state: DeploymentState, phase: string) =>
  state.phases[phase] === 'success' || state.phases[phase] === 'failure';

function nextInPhase(state: DeploymentState, phase: PlannedPhase, expired: boolean): EventBody | undefined {
  for (const step of phase.steps) {
    const planned: StepInPlan = { id: stepId(phase.name, step.name), phase, step };
    const own = stepState(state, planned.id);
    if (own.status === 'succeeded') continue;
    if (own.status === 'failed') return finishPhase(phase, 'failure');
    if (isActive(own) || expired) return undefined;
    const dueUndo = own.status === 'interrupted' && needsUndo(planned, own);
    return { type: dueUndo ? 'undo.started' : 'step.started', phase: phase.name, step: step.name };
  }
  return finishPhase(phase, 'success');
}

function endForTime(state: DeploymentState, running: readonly PlannedPhase[]): EventBody {
  const [phase] = running;
  return phase === undefined ? rollBackOrFinish(state, 'deadline') : finishPhase(phase, 'stopped');
}

function nextEnding(state: DeploymentState): EventBody | undefined {
  if (!isSettled(state)) return undefined;
  const [phase] = phasesThatAre(state, 'running');
  if (phase !== undefined) return finishPhase(phase, 'stopped');
  return rollBackOrFinish(state, endingReason(state));
}

function endingReason(state: DeploymentState): RollbackReason {
  if (state.started.undoes !== null) return 'requested';
  const failed = state.failedStep === null ? undefined : stepState(state, state.failedStep).result;
  return failed?.stopped === 'deadline' ? 'deadline' : 'failure';
}

function rollBackOrFinish(state: DeploymentState, reason: RollbackReason): EventBody {
  const byHand = state.started.rollback === 'manual' && reason !== 'requested';
  if (byHand || (reason !== 'deadline' && state.onFailure !== 'rollback')) return finish(state, 'failure');
  return { type: 'rollback.started', reason, failedStep: state.failedStep };
}

function nextUndo(state: DeploymentState, { rollbackExpired }: Situation): EventBody | undefined {
  if (!isSettled(state)) return undefined;
  const last = lastStarted(
    state,
    remaining(state).filter((planned) => isDueUndo(state, planned)),
  );
  if (last !== undefined && rollbackExpired === 'no') {
    return { type: 'undo.started', phase: last.phase.name, step: last.step.name };
  }
  const left = remainingSteps(state);
  if (left.length > 0 && rollbackExpired === 'leave-open') return undefined;
  return {
    type: 'rollback.finished',
    status: left.length === 0 ? 'rolled-back' : 'rollback-failed',
    remaining: left,
  };
}

const remaining = (state: DeploymentState): StepInPlan[] =>
  stepsOf(state.started).filter((planned) => needsUndo(planned, stepState(state, planned.id)));

/** @returns the steps that were started, have an undo, and whose undo has not ended well: `phase/step`. */
export const remainingSteps = (state: DeploymentState): readonly string[] =>
  remaining(state).map(({ id }) => id);

/** @returns the steps that were started and that nothing can undo. */
export const irreversibleSteps = (state: DeploymentState): readonly string[] =>
  stepsOf(state.started)
    .filter(({ id, step }) => step.undo.kind === 'irreversible' && stepState(state, id).acted)
    .map(({ id }) => id);
