import type { Category, RunIdentity } from '../report/envelope.ts';
import type { Plan } from './plan.ts';

/** Values that a step wrote to `$SOPHIA_OUTPUT`, by name. */
export type Outputs = Readonly<Record<string, string>>;

/** Who stopped a program before its own end. */
export type StopReason = 'cancelled' | 'deadline' | 'sibling';

/** Why a rollback began. */
export type RollbackReason = 'failure' | 'deadline' | 'cancelled' | 'unfinished' | 'requested';

interface OfStep {
  readonly phase: string;
  readonly step: string;
}

/** How a program of a step ended: its exit code, how often it was tried, and why it failed. */
export interface ActResult {
  readonly exitCode: number;
  readonly attempts: number;
  readonly durationMs: number;
  readonly category: Category | null;
  /** One line; empty where all is well. */
  readonly message: string;
  readonly stopped: StopReason | null;
}

/** A step of an earlier deployment that a new deployment undoes. */
export interface StepToUndo extends OfStep {
  readonly outputs: Outputs;
  readonly beforeOutputs: Outputs;
}

export interface DeploymentStarted {
  readonly type: 'deployment.started';
  readonly deploymentId: string;
  readonly environment: string;
  readonly commit: string;
  readonly planHash: string;
  readonly plan: Plan;
  readonly rollback: 'auto' | 'manual';
  readonly run: RunIdentity;
  /** Set for `to`: this deployment does nothing but undo these steps of that one, the last of them first. */
  readonly undoes: { readonly deploymentId: string; readonly steps: readonly StepToUndo[] } | null;
}

/** A run that found the journal open goes on. What was in flight was interrupted. */
export interface DeploymentResumed {
  readonly type: 'deployment.resumed';
  readonly run: RunIdentity;
  /** The torn last line that was dropped: its bytes and their SHA-256; null where there was none. */
  readonly dropped: { readonly bytes: number; readonly sha256: string } | null;
}

export type PhaseResult = 'success' | 'failure' | 'stopped';
export type DeploymentResult = 'success' | 'warning' | 'failure' | 'rolled-back' | 'rollback-failed';

/** What happened to a deployment: the lines of its journal (contract, section 6), without their chain. */
export type EventBody =
  | DeploymentStarted
  | DeploymentResumed
  | { readonly type: 'phase.started'; readonly phase: string }
  | ({ readonly type: 'step.started' } & OfStep)
  /** `before` ended well; only then `run` starts. */
  | ({ readonly type: 'before.finished'; readonly outputs: Outputs } & OfStep)
  | ({ readonly type: 'step.finished'; readonly outputs: Outputs } & OfStep & ActResult)
  | { readonly type: 'phase.finished'; readonly phase: string; readonly status: PhaseResult }
  | {
      readonly type: 'rollback.started';
      readonly reason: RollbackReason;
      readonly failedStep: string | null;
    }
  | ({ readonly type: 'undo.started' } & OfStep)
  | ({ readonly type: 'undo.finished' } & OfStep & ActResult)
  | {
      readonly type: 'rollback.finished';
      readonly status: 'rolled-back' | 'rollback-failed';
      /** Steps whose undo did not end well, to be put right by hand. */
      readonly remaining: readonly string[];
    }
  | {
      readonly type: 'deployment.finished';
      readonly status: DeploymentResult;
      readonly failedStep: string | null;
    }
  | {
      readonly type: 'override';
      readonly what: string;
      readonly actor: string;
      readonly reason: string;
    };

export type EventType = EventBody['type'];

/** Where an event stands in its journal. */
export interface Chain {
  /** 1 for the first. */
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** SHA-256 of the line before, without its newline; 64 zeros for the first. */
  readonly prev: string;
}

export type JournalEvent = Chain & EventBody;
