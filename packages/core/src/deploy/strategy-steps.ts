import type { Analysis, Strategy } from '../config/strategy-schema.ts';
import type { GradualStage } from './engines/engine-act.ts';
import type { PlannedAct, PlannedStep } from './plan.ts';

/** The last round of checks may begin just before the time is up. */
export const WATCH_MARGIN_MS = 2 * 60_000;

type Gradual = Pick<GradualStage, 'strategy' | 'weights'>;

/**
 * A strategy as steps of the plan, each with its own lines in the journal: the new version without traffic, then more
 * and more traffic with an analysis after each, then all of it. A run that is killed in the middle goes on at the step
 * that it was in; the undo belongs to the first step, and returns from any of them.
 */
export function strategySteps(step: PlannedStep, strategy: Strategy): readonly PlannedStep[] {
  const { act } = step;
  if (act.kind !== 'engine' || strategy.kind === 'all-at-once') return [step];
  const weights = strategy.kind === 'canary' ? strategy.steps.map(({ weight }) => weight) : [];
  const gradual: Gradual = { strategy: strategy.kind, weights };
  const later = (name: string, next: PlannedAct): PlannedStep => ({
    ...step,
    name: `${step.name}.${name}`,
    act: next,
    undo: { kind: 'none' },
    outputs: [],
  });
  const of = step.name;
  const middle =
    strategy.kind === 'canary'
      ? strategy.steps.flatMap(({ weight, ...analysis }) => [
          later(`canary-${weight}`, { ...act, stage: { kind: 'weight', of, weight, ...gradual } }),
          ...analysisSteps(analysis, (next) => later(`canary-${weight}-analysis`, next)),
        ])
      : analysisSteps(strategy, (next) => later('analysis', next));
  return [
    { ...step, act: { ...act, stage: { kind: 'start', ...gradual } } },
    ...middle,
    later('promote', { ...act, stage: { kind: 'promote', of, ...gradual } }),
  ];
}

function analysisSteps(
  { pause = 0, gate }: Analysis,
  later: (act: PlannedAct) => PlannedStep,
): readonly PlannedStep[] {
  const checks = gate === 'all' ? gate : [...gate];
  if (pause === 0) return checks.length === 0 ? [] : [bare(later({ kind: 'gate', checks }))];
  const watch = bare(later({ kind: 'watch', durationMs: pause, checks }));
  return [{ ...watch, timeoutMs: pause + WATCH_MARGIN_MS }];
}

/** Checks are no program of the step: they get none of its variables, and their first red is the verdict. */
const bare = (step: PlannedStep): PlannedStep => ({
  ...step,
  env: {},
  secrets: [],
  idToken: false,
  retries: 0,
});
