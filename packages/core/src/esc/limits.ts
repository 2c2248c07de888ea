/**
 * What one evaluation may use. A definition beyond a limit gets a diagnostic instead of a machine that stands
 * still; each is far above any environment that Pulumi Cloud would store.
 */

/** Characters of one definition. */
export const MAX_SOURCE_LENGTH = 4 * 1024 * 1024;
/** Lexical tokens of one definition: the parser of YAML takes about 2 microseconds for each. */
export const MAX_TOKENS = 300_000;
/** Anchors of one definition. Nothing can use them (aliases are not supported), and each costs more than the last. */
export const MAX_ANCHORS = 1_000;
/** Diagnostics of one evaluation; those beyond it would help nobody. */
export const MAX_DIAGNOSTICS = 1_000;
/** Collections inside one another, in YAML, JSON and evaluated values. */
export const MAX_DEPTH = 100;
/** Values that are being evaluated inside one another; chains without a cycle do not count (schedule.ts). */
export const MAX_REFERENCE_DEPTH = 150;
/** Environments in one evaluation, and imports inside one another. */
export const MAX_ENVIRONMENTS = 1_000;
export const MAX_IMPORT_DEPTH = 50;
/** Characters that interpolation and functions may produce in one evaluation. */
const MAX_PRODUCED_LENGTH = 16 * 1024 * 1024;
/** Values in the evaluated tree, and values that functions may make on the way. */
export const MAX_VALUES = 500_000;

/** Thrown inside an evaluation where a limit is reached, and turned into a diagnostic there. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';
}

/** Counts what an evaluation produces. */
export class Budget {
  #characters = MAX_PRODUCED_LENGTH;
  #values = MAX_VALUES;

  /** Takes produced characters from the budget. @throws LimitReached when it is used up. */
  spend(characters: number): void {
    this.#characters -= characters;
    if (this.#characters < 0) {
      throw new LimitReached(`the environment produces more than ${MAX_PRODUCED_LENGTH} characters`);
    }
  }

  /** Takes values that a function makes from the budget. @throws LimitReached when it is used up. */
  spendValues(count: number): void {
    this.#values -= count;
    if (this.#values < 0) throw new LimitReached(`the environment produces more than ${MAX_VALUES} values`);
  }
}
