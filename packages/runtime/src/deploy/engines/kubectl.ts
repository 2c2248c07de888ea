import type { Words } from '@sophia/core/deploy/engines/engine-commands';
import { judgeKubectl } from '@sophia/core/deploy/engines/judge-kubectl';

import type { Attempt } from '../acts.ts';
import type { EngineContext, ProgramOptions } from './engine.ts';
import { endOf, GivenUp } from './run-judged.ts';

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

/** @returns the end of the act, also where it was given up, or kubectl printed something else than objects. */
export const givingUp = (act: () => Promise<Attempt>): Promise<Attempt> => endOf('kubectl', act);
