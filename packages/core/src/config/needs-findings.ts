import { danglingNeeds, findCycle } from '../graph.ts';
import type { Needs } from '../graph.ts';
import { didYouMean } from '../nearest-name.ts';

export type Path = readonly PropertyKey[];

/** What is wrong with a configuration, and where in it. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
}

/** @returns needs that name nobody, and the first cycle; `what` is the word for those who need. */
export function needsFindings(needs: Needs, what: string, pathOf: (name: string) => Path): Finding[] {
  const dangling = danglingNeeds(needs).map(([name, need]) => ({
    path: [...pathOf(name), 'needs'],
    message: `${what} "${name}" needs "${need}", which does not exist${didYouMean(need, [...needs.keys()])}`,
  }));
  const cycle = findCycle(needs);
  if (cycle === undefined) return dangling;
  const [first = ''] = cycle;
  const message = `cycle: ${[...cycle, first].join(' needs ')}`;
  return [...dangling, { path: [...pathOf(first), 'needs'], message }];
}
