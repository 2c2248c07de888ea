import type { Words } from '@sophia/core/deploy/engines/engine-commands';
import { judgeKubectl } from '@sophia/core/deploy/engines/judge-kubectl';
import { messageOf } from '@sophia/core/errors';

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

/** Runs kubectl. @returns what it printed, with `capture`. @throws GivenUp where it failed, with the category of what it said */
export async function kubectl(
  context: EngineContext<unknown>,
  words: Words,
  options: ProgramOptions = {},
): Promise<string> {
  const { failure, stdout, stderr } = await context.program(words, options);
  if (failure === null) return stdout;
  const category = failure.category === 'assertion' ? judgeKubectl(stderr) : failure.category;
  throw new GivenUp({ ...failure, category });
}

/** @returns the end of the act, also where it was given up, or kubectl printed what cannot be read. */
export async function givingUp(act: () => Promise<Attempt>): Promise<Attempt> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof GivenUp) return error.attempt;
    return endedBadly('protocol', `kubectl printed something else than objects: ${messageOf(error)}`);
  }
}
