/** A program and its arguments; no shell. */
export type Words = readonly [string, ...string[]];

/** The programs that an engine runs for one step, in order; `<name>` stands for what is known only then. */
export interface EngineCommands {
  /** Run before the deployment begins; where one fails, nothing has run. They change nothing. */
  readonly check: readonly Words[];
  readonly before: readonly Words[];
  readonly run: readonly Words[];
  readonly undo: readonly Words[];
}
