import { canonicalJson } from './canonical-json.ts';
import { stepId } from './plan.ts';
import type { Plan } from './plan.ts';

export interface Release {
  readonly plan: Plan;
  readonly commit: string;
}

/** @returns what would change against the last success, a line each, for people. */
export function comparePlans(last: Release, next: Release): readonly string[] {
  const before = stepTexts(last.plan);
  const after = stepTexts(next.plan);
  const added = [...after.keys()].filter((id) => !before.has(id)).map((id) => `+ ${id}`);
  const removed = [...before.keys()].filter((id) => !after.has(id)).map((id) => `- ${id}`);
  const changed = [...after]
    .filter(([id, text]) => before.has(id) && before.get(id) !== text)
    .map(([id]) => `~ ${id}`);
  const commit = last.commit === next.commit ? [] : [`commit ${short(last.commit)} -> ${short(next.commit)}`];
  return [...commit, ...added, ...removed, ...changed];
}

const short = (commit: string) => commit.slice(0, 12) || 'unknown';

const stepTexts = (plan: Plan): ReadonlyMap<string, string> =>
  new Map(
    plan.phases.flatMap(({ name, steps }) =>
      steps.map((step) => [stepId(name, step.name), canonicalJson(step)] as const),
    ),
  );
