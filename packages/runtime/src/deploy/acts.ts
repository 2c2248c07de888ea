import type { ActResult, Outputs, StopReason } from '@sophia/core/deploy/event';
import type { PlannedPhase, PlannedStep } from '@sophia/core/deploy/plan';
import type { DeploymentState } from '@sophia/core/deploy/state';

/** One program (or act of ours) that is to run for a step. */
export interface ActRequest {
  readonly act: 'before' | 'run' | 'undo';
  readonly phase: PlannedPhase;
  readonly step: PlannedStep;
  readonly state: DeploymentState;
}

export interface ActEnd extends ActResult {
  readonly outputs: Outputs;
}

/** How one try of an act ended. */
export type Attempt = Omit<ActEnd, 'durationMs' | 'attempts'>;

/** An act under way. */
export interface RunningAct {
  readonly ended: Promise<ActEnd>;
  stop(reason: StopReason): void;
}

/** Performs acts; the interpreter knows nothing else of the world. */
export type PerformAct = (request: ActRequest) => RunningAct;

/** What an act that is not a program of the user's says of itself: how the fleet or a gate went. */
export interface Verdict {
  readonly ok: boolean;
  readonly category: ActResult['category'];
  /** One line; empty where all is well. */
  readonly message: string;
}

/** The fleet and the gate, which are others' to run: each is loaded only when a step needs it. */
export interface StepServices {
  startFleet(signal: AbortSignal): Promise<Verdict>;
  stopFleet(signal: AbortSignal): Promise<Verdict>;
  runChecks(names: readonly string[] | 'all', signal: AbortSignal): Promise<Verdict>;
}

/** @returns the end of an act that went well. */
export const endedWell = (outputs: Outputs = {}): Attempt => ({
  exitCode: 0,
  category: null,
  message: '',
  stopped: null,
  outputs,
});

/** @returns the end of an act that failed, in one line. */
export const endedBadly = (category: ActResult['category'], message: string, exitCode = 1): Attempt => ({
  exitCode,
  category,
  message,
  stopped: null,
  outputs: {},
});
