/**
 * What one evaluation may use. A definition beyond a limit gets a diagnostic instead of a machine that stands
 * still; each is far above any environment that Pulumi Cloud would store.
 */

/** Characters of one definition. */
export const MAX_SOURCE_LENGTH = 4 * 1024 * 1024;
/** Collections inside one another, in YAML, JSON and evaluated values. */
export const MAX_DEPTH = 100;
/** References that wait for one another: `a` needs `b` needs `c`. */
export const MAX_REFERENCE_DEPTH = 300;
/** Environments in one evaluation, and imports inside one another. */
export const MAX_ENVIRONMENTS = 1_000;
export const MAX_IMPORT_DEPTH = 50;
/** Characters that interpolation and functions may produce in one evaluation. */
export const MAX_PRODUCED_LENGTH = 16 * 1024 * 1024;
/** Values in the evaluated tree. */
export const MAX_VALUES = 500_000;

/** Thrown inside an evaluation where a limit is reached, and turned into a diagnostic there. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';
}

/** Counts what an evaluation produces. */
export class Budget {
  #left: number;

  constructor(characters: number = MAX_PRODUCED_LENGTH) {
    this.#left = characters;
  }

  /** Takes characters from the budget. @throws LimitReached when it is used up. */
  spend(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0)
      throw new LimitReached(`the environment produces more than ${MAX_PRODUCED_LENGTH} characters`);
  }
}
