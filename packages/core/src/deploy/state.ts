import type {
  ActResult,
  DeploymentResult,
  DeploymentStarted,
  Outputs,
  PhaseResult,
  RollbackReason,
} from './event.ts';
import { stepId } from './plan.ts';
import type { PlannedPhase, PlannedStep } from './plan.ts';

/** `interrupted`: it ran when its run of ours ended, or was stopped; how far it came nobody knows. */
export type StepStatus = 'pending' | 'before' | 'running' | 'interrupted' | 'succeeded' | 'failed';
export type UndoStatus = 'running' | 'interrupted' | 'done' | 'failed';

export interface StepState {
  readonly status: StepStatus;
  /** Where in the journal it was started last: undo goes backwards by this. 0: never. */
  readonly startedSeq: number;
  /** True once `run` itself may have begun: only then there is something to undo. */
  readonly acted: boolean;
  readonly outputs: Outputs;
  readonly beforeOutputs: Outputs;
  readonly result: ActResult | null;
  /** Null: not begun since the step was started last. */
  readonly undo: UndoStatus | null;
  readonly undoResult: ActResult | null;
}

/**
 * - `forward`: steps run
 * - `ending`: a phase failed; what runs beside it is being stopped
 * - `undoing`: the rollback runs
 * - `undone`: the rollback is over
 * - `finished`
 */
export type Mode = 'forward' | 'ending' | 'undoing' | 'undone' | 'finished';

/** All that is known of a deployment at one line of its journal. */
export interface DeploymentState {
  readonly started: DeploymentStarted;
  readonly mode: Mode;
  readonly phases: Readonly<Record<string, 'pending' | 'running' | PhaseResult>>;
  /** By `phase/step`. */
  readonly steps: Readonly<Record<string, StepState>>;
  /** The first step that failed and was not forgiven by `on-failure: continue`. */
  readonly failedStep: string | null;
  /** What the failed phase asks for. */
  readonly onFailure: 'rollback' | 'stop' | null;
  readonly rollbackReason: RollbackReason | null;
  readonly result: DeploymentResult | null;
}

const PENDING: StepState = {
  status: 'pending',
  startedSeq: 0,
  acted: false,
  outputs: {},
  beforeOutputs: {},
  result: null,
  undo: null,
  undoResult: null,
};

/** One step of a plan with its phase. */
export interface StepInPlan {
  readonly id: string;
  readonly phase: PlannedPhase;
  readonly step: PlannedStep;
}

/** @returns every step of the plan, in the order of the file. */
export function stepsOf({ plan }: DeploymentStarted): readonly StepInPlan[] {
  return plan.phases.flatMap((phase) =>
    phase.steps.map((step) => ({ id: stepId(phase.name, step.name), phase, step })),
  );
}

/** @returns the state after `deployment.started`. */
export function initialState(started: DeploymentStarted): DeploymentState {
  const steps: Record<string, StepState> = {};
  for (const { id } of stepsOf(started)) steps[id] = PENDING;
  for (const [index, { phase, step, ...kept }] of (started.undoes?.steps ?? []).entries()) {
    const startedSeq = index + 1;
    steps[stepId(phase, step)] = { ...PENDING, ...kept, status: 'succeeded', acted: true, startedSeq };
  }
  return {
    started,
    mode: started.undoes === null ? 'forward' : 'ending',
    phases: Object.fromEntries(started.plan.phases.map(({ name }) => [name, 'pending' as const])),
    steps,
    failedStep: null,
    onFailure: started.undoes === null ? null : 'rollback',
    rollbackReason: null,
    result: null,
  };
}

/** A step that nothing is known of: what a look-up of a name that is not in the plan gives. */
export const stepState = (state: DeploymentState, id: string): StepState => state.steps[id] ?? PENDING;

/** @returns a step as it is before it is started. */
export const asPending = (step: StepState): StepState => ({ ...PENDING, result: step.result });

/** True while a program of this step runs. */
export const isActive = ({ status, undo }: StepState): boolean =>
  status === 'before' || status === 'running' || undo === 'running';

/** True for a region that failed among no more than may: the others go on, and it alone is undone. */
export function isToleratedFailure(state: DeploymentState, { name, region }: PlannedPhase): boolean {
  if (region === undefined || state.phases[name] !== 'failure') return false;
  const failed = state.started.plan.phases.filter(
    (phase) => phase.region?.of === region.of && state.phases[phase.name] === 'failure',
  );
  return failed.length <= region.maxFailures;
}

/** True where a rollback has something to run for this step and has not run it to a good end. */
export function needsUndo({ step }: StepInPlan, { acted, undo }: StepState): boolean {
  const hasUndo = step.undo.kind !== 'none' && step.undo.kind !== 'irreversible';
  return hasUndo && acted && undo !== 'done';
}
