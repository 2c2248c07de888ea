import type { Cell } from './cell.ts';
import type { DiagnosticSink, Place } from './diagnostic.ts';
import type { Layered } from './layered.ts';
import type { Budget } from './limits.ts';

/** Opens the envelope's content. @throws when the bytes cannot be decrypted. */
export type Decrypt = (ciphertext: Uint8Array) => Uint8Array;

/** What the evaluation of one environment works with. */
export interface Scope {
  readonly name: string;
  readonly diagnostics: DiagnosticSink;
  /** The environment's own top-level values. */
  readonly root: ReadonlyMap<string, Cell>;
  /** All merged imports. */
  readonly base: Layered | undefined;
  /** `${imports...}` */
  readonly imports: Layered;
  /** `${context...}` */
  readonly context: Layered;
  readonly decrypt: Decrypt | undefined;
  readonly budget: Budget;
  readonly evaluate: (cell: Cell) => Layered;
  /** Evaluates another environment for an inline reference; undefined after a diagnostic at `place`. */
  readonly open: (name: string, place: Place) => Layered | undefined;
}
