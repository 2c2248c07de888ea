/** Where a check, server or step is; `undone`: it was done, and taken back. */
export type RowState =
  'waiting' | 'running' | 'success' | 'warning' | 'failure' | 'skipped' | 'undoing' | 'undone' | 'stopped';

/** What a row shows beside its name; `text` is one line, may be foreign, and stays until another replaces it. */
export interface RowUpdate {
  readonly state: RowState;
  readonly text?: string;
}

/** A time that may be used up: `isUsed` while its clock runs. */
export interface Limit {
  readonly name: string;
  readonly limitMs: number;
  readonly isUsed: boolean;
}

/** A picture of what is under way, one row a check, server or step, for whoever watches. */
export interface Progress {
  /** The rows, in their order; a second call begins another picture. */
  begin(names: readonly string[]): void;
  /** A name that was not begun gets no row. */
  update(name: string, row: RowUpdate): void;
  /** The last words of what runs; they may be foreign. Its state stays. */
  say(name: string, text: string): void;
  /** The budgets of what is under way; a clock begins where one is first used. */
  allow(limits: readonly Limit[]): void;
}
