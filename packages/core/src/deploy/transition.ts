import type { EventBody, JournalEvent, StopReason } from './event.ts';
import { hasBefore, stepId } from './plan.ts';
import type { PlannedPhase } from './plan.ts';
import { asPending, initialState, isActive, isToleratedFailure, stepsOf, stepState } from './state.ts';
import type { DeploymentState, StepState } from './state.ts';

/** What is to be done because of an event, after that event was flushed to disk. */
export type Effect =
  | { readonly act: 'before' | 'run' | 'undo'; readonly phase: string; readonly step: string }
  | { readonly act: 'stop'; readonly reason: StopReason; readonly steps: readonly string[] };

export interface Transition {
  readonly state: DeploymentState;
  readonly effects: readonly Effect[];
}

type Of<T extends EventBody['type']> = Extract<JournalEvent, { type: T }>;
type StepEvent = Extract<JournalEvent, { step: string }>;

/**
 * The state machine of a deployment. The same events give the same state, live or read back.
 *
 * @param state undefined before `deployment.started`
 * @throws Error for an event that cannot happen in this state: the journal was forged, or we have a bug
 */
export function transition(state: DeploymentState | undefined, event: JournalEvent): Transition {
  if (event.type === 'deployment.started') {
    if (state !== undefined) throw illegal(event, 'the deployment has started already');
    return { state: initialState(event), effects: [] };
  }
  if (state === undefined) throw illegal(event, 'the deployment has not started');
  switch (event.type) {
    case 'deployment.resumed':
      return quiet({ ...interrupt(state), result: null });
    case 'phase.started':
      return phaseStarted(state, event);
    case 'phase.finished':
      return phaseFinished(state, event);
    case 'step.started':
    case 'before.finished':
    case 'step.finished':
    case 'undo.started':
    case 'undo.finished':
      return stepEvent(state, event);
    case 'rollback.started':
      return quiet({ ...interrupt(state), mode: 'undoing', rollbackReason: event.reason, result: null });
    case 'rollback.finished':
      if (state.mode !== 'undoing') throw illegal(event, 'no rollback runs');
      return quiet({ ...state, mode: 'undone' });
    case 'deployment.finished':
      return quiet({ ...state, mode: 'finished', result: event.status });
    case 'override':
      return quiet(state);
  }
}

/** @returns the state that a whole journal leads to. @throws Error where an event is illegal */
export function replay(events: readonly JournalEvent[]): DeploymentState | undefined {
  return events.reduce<DeploymentState | undefined>(
    (state, event) => transition(state, event).state,
    undefined,
  );
}

const quiet = (state: DeploymentState): Transition => ({ state, effects: [] });

const illegal = (event: JournalEvent, why: string) =>
  new Error(`line ${event.seq}: ${event.type} cannot happen here: ${why}`);

/** Whoever ran these programs is gone: they are interrupted, and an undo that did not end well is due again. */
function interrupt(state: DeploymentState): DeploymentState {
  const steps = Object.entries(state.steps).map(([id, step]) => [id, interruptStep(step)] as const);
  return { ...state, steps: Object.fromEntries(steps) };
}

function interruptStep(step: StepState): StepState {
  const status = step.status === 'before' || step.status === 'running' ? 'interrupted' : step.status;
  const undo = step.undo === 'done' || step.undo === null ? step.undo : 'interrupted';
  return status === step.status && undo === step.undo ? step : { ...step, status, undo };
}

function plannedPhase(state: DeploymentState, event: Of<'phase.started' | 'phase.finished'>): PlannedPhase {
  const phase = state.started.plan.phases.find(({ name }) => name === event.phase);
  if (phase === undefined) throw illegal(event, `the plan has no phase ${event.phase}`);
  return phase;
}

function phaseStarted(state: DeploymentState, event: Of<'phase.started'>): Transition {
  const phase = plannedPhase(state, event);
  if (state.mode !== 'forward' || state.phases[phase.name] !== 'pending')
    throw illegal(event, 'it is not due');
  return quiet({ ...state, phases: { ...state.phases, [phase.name]: 'running' } });
}

/** A phase that failed and is not forgiven ends all that runs beside it. */
function phaseFinished(state: DeploymentState, event: Of<'phase.finished'>): Transition {
  const phase = plannedPhase(state, event);
  if (state.phases[phase.name] !== 'running') throw illegal(event, 'it does not run');
  const next = { ...state, phases: { ...state.phases, [phase.name]: event.status } };
  if (event.status !== 'failure' || state.mode !== 'forward') return quiet(next);
  if (phase.onFailure === 'continue' || isToleratedFailure(next, phase)) return quiet(next);
  const failed = phase.steps.map(({ name }) => stepId(phase.name, name)).find((id) => hasFailed(state, id));
  const running = stepsOf(state.started)
    .map(({ id }) => id)
    .filter((id) => isActive(stepState(state, id)));
  return {
    state: {
      ...next,
      mode: 'ending',
      onFailure: phase.onFailure,
      failedStep: state.failedStep ?? failed ?? null,
    },
    effects: running.length === 0 ? [] : [{ act: 'stop', reason: 'sibling', steps: running }],
  };
}

const hasFailed = (state: DeploymentState, id: string) => stepState(state, id).status === 'failed';

function stepEvent(state: DeploymentState, event: StepEvent): Transition {
  const id = stepId(event.phase, event.step);
  const planned = stepsOf(state.started).find((step) => step.id === id);
  if (planned === undefined) throw illegal(event, `the plan has no step ${id}`);
  const step = stepState(state, id);
  const { next, act } = stepTransition(step, event, hasBefore(planned.step));
  const withStep = { ...state, steps: { ...state.steps, [id]: repaired(state, next) } };
  return {
    state: event.type === 'step.finished' ? stoppedBy(withStep, event, id) : withStep,
    effects: act === undefined ? [] : [{ act, phase: event.phase, step: event.step }],
  };
}

/** An interrupted step that was undone on the way forward runs again as if it never had. */
function repaired(state: DeploymentState, step: StepState): StepState {
  if (state.mode !== 'forward' || step.status !== 'interrupted') return step;
  if (step.undo === 'done') return asPending(step);
  return step.undo === 'failed' ? { ...step, status: 'failed', result: step.undoResult } : step;
}

/** The end of the time for forward work ends the deployment as a failure does. */
function stoppedBy(state: DeploymentState, event: Of<'step.finished'>, id: string): DeploymentState {
  if (event.stopped !== 'deadline' || state.mode !== 'forward') return state;
  return { ...state, mode: 'ending', onFailure: 'rollback', failedStep: state.failedStep ?? id };
}

interface StepTransition {
  readonly next: StepState;
  readonly act?: 'before' | 'run' | 'undo';
}

function stepTransition(step: StepState, event: StepEvent, notesBefore: boolean): StepTransition {
  switch (event.type) {
    case 'step.started': {
      if (isActive(step) || step.status === 'succeeded') throw illegal(event, `the step is ${step.status}`);
      const fresh = { ...asPending(step), startedSeq: event.seq };
      if (notesBefore) return { next: { ...fresh, status: 'before' }, act: 'before' };
      return { next: { ...fresh, status: 'running', acted: true }, act: 'run' };
    }
    case 'before.finished':
      if (step.status !== 'before') throw illegal(event, `the step is ${step.status}`);
      return { next: { ...step, status: 'running', acted: true, beforeOutputs: event.outputs }, act: 'run' };
    case 'step.finished':
      if (step.status !== 'before' && step.status !== 'running')
        throw illegal(event, `the step is ${step.status}`);
      return { next: { ...step, status: statusOf(event), outputs: event.outputs, result: resultOf(event) } };
    case 'undo.started':
      if (!step.acted || step.undo === 'running' || step.undo === 'done')
        throw illegal(event, 'it is not due');
      return { next: { ...step, undo: 'running' }, act: 'undo' };
    case 'undo.finished':
      if (step.undo !== 'running') throw illegal(event, 'no undo runs');
      return { next: { ...step, undo: undoStatusOf(event), undoResult: resultOf(event) } };
  }
}

function statusOf({ exitCode, stopped }: Of<'step.finished'>): StepState['status'] {
  if (exitCode === 0) return 'succeeded';
  return stopped === null ? 'failed' : 'interrupted';
}

function undoStatusOf({ exitCode, stopped }: Of<'undo.finished'>): StepState['undo'] {
  if (exitCode === 0) return 'done';
  return stopped === 'cancelled' ? 'interrupted' : 'failed';
}

function resultOf({
  exitCode,
  attempts,
  durationMs,
  category,
  message,
  stopped,
}: Of<'step.finished' | 'undo.finished'>) {
  return { exitCode, attempts, durationMs, category, message, stopped };
}
