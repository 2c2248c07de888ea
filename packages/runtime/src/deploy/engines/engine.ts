import type { EngineStage } from '@sophia/core/deploy/engines/engine-act';
import type { Words } from '@sophia/core/deploy/engines/engine-commands';
import type { Outputs } from '@sophia/core/deploy/event';
import type { LogLevel } from '@sophia/core/deploy/log-line';

import type { Session } from '../../host/session.ts';
import type { Attempt } from '../acts.ts';

/** How a program of an engine ended. */
export interface ProgramEnd {
  readonly exitCode: number;
  /** What it printed, if `capture` was asked for; not redacted: show it through the context's `say` only. */
  readonly stdout: string;
  /** The last line that was not empty (of stderr, with `capture`), redacted, in one line. */
  readonly lastLine: string;
  /** The end of what it wrote to stderr, not redacted: to be judged, not to be shown. */
  readonly stderr: string;
  /** Null for exit code 0; else what a step that gives up here ends with. */
  readonly failure: Attempt | null;
}

export interface ProgramOptions {
  readonly stdin?: string;
  /** Stdout goes to the result (at most 16 MB, else the program has failed), not to the log. */
  readonly capture?: boolean;
  /** Lines that tell why it failed: `lastLine` is the last of them, or, where there is none, the last line. */
  readonly telling?: RegExp;
  /** On top of the step's environment; no secrets. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** What an engine is given for one try of one act of a step. */
export interface EngineContext<S> {
  /** With the outputs of earlier steps filled in. */
  readonly settings: S;
  readonly stage: EngineStage;
  /** What `before` returned for this step, or for the step that began the change; empty in `before` itself. */
  readonly captured: Outputs;
  /** What `run` returned likewise; empty where it never ended well. */
  readonly outputs: Outputs;
  /** The step's working directory, absolute. */
  readonly directory: string;
  readonly session: Session;
  /** Aborted when the step is stopped or its time is up; programs are stopped by it anyway. */
  readonly signal: AbortSignal;
  say(level: LogLevel, message: string): void;
  /**
   * Runs a program in the step's environment and directory, within what is left of the step's timeout; its output is
   * streamed to the log, redacted. Once the step was stopped, nothing is started any more.
   */
  program(words: Words, options?: ProgramOptions): Promise<ProgramEnd>;
}

/**
 * How one kind of target is deployed to. A run of ours may be killed at any moment, and then an act is done again, so
 * each is idempotent or looks at what is there first.
 *
 * Secrets come by the programs' environment only. What `before` and `run` return as outputs is kept in the journal: at
 * most 100,000 characters each, and a secret among them fails the step.
 */
export interface Engine<S> {
  /** Tells, before the deployment begins, whether the target can do it, as far as that is known then; changes nothing. */
  check?(context: EngineContext<S>): Promise<Attempt>;
  /** Notes what `undo` must know; changes nothing. */
  before(context: EngineContext<S>): Promise<Attempt>;
  run(context: EngineContext<S>): Promise<Attempt>;
  /** Returns to what `before` noted, however far `run` came; knows the files of the workspace only if they are there. */
  undo(context: EngineContext<S>): Promise<Attempt>;
}
