import type { Words } from '@sophia/core/deploy/engines/engine-commands';
import { messageOf } from '@sophia/core/errors';
import type { Category } from '@sophia/core/report/envelope';

import { endedBadly } from '../acts.ts';
import type { Attempt } from '../acts.ts';
import type { EngineContext, ProgramOptions } from './engine.ts';

/** Ends an act from within; never leaves this folder. */
export class GivenUp extends Error {
  readonly attempt: Attempt;

  constructor(attempt: Attempt) {
    super(attempt.message);
    this.attempt = attempt;
  }
}

export interface JudgedOptions extends ProgramOptions {
  /** Tells the category from the last line that a failed program printed. */
  readonly judge: (line: string) => Category;
}

/** Runs a program of an engine. @returns what it printed, with `capture`. @throws GivenUp where it failed */
export async function runJudged(
  context: EngineContext<unknown>,
  words: Words,
  { judge, ...options }: JudgedOptions,
): Promise<string> {
  const { failure, stdout, lastLine } = await context.program(words, options);
  if (failure === null) return stdout;
  const category = failure.category === 'assertion' ? judge(lastLine) : failure.category;
  throw new GivenUp({ ...failure, category });
}

/** @returns the end of an act, also where it was given up, or the program printed what cannot be read. */
export async function endOf(program: string, act: () => Promise<Attempt>): Promise<Attempt> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof GivenUp) return error.attempt;
    return endedBadly('protocol', `${program} printed something unexpected: ${messageOf(error)}`);
  }
}
