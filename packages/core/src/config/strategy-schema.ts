import { z } from 'zod';

import { durationMs, nameList, strictMap, wholeNumber } from './fields.ts';

const analysis = {
  pause: durationMs()
    .optional()
    .describe('So long the checks of `gate` run again and again, before it goes on.'),
  gate: z
    .union([z.literal('all'), nameList()])
    .default([])
    .describe('These checks, or all; where they turn red, everything is rolled back.'),
};

const canaryStep = strictMap({
  weight: wholeNumber(1, 99).describe('Percent of the traffic that the new version gets.'),
  ...analysis,
});

const canary = strictMap({
  steps: z
    .array(canaryStep, { error: 'expected a list of steps' })
    .min(1, 'expected at least one step')
    .refine(isRising, 'expected weights that rise from step to step'),
});

function isRising(steps: readonly { readonly weight: number }[]): boolean {
  return steps.every(({ weight }, index) => weight > (steps[index - 1]?.weight ?? 0));
}

/** What a strategy by its name alone means. */
const DEFAULT_STEPS = [
  { weight: 10, pause: 60_000, gate: [] },
  { weight: 50, pause: 60_000, gate: [] },
];

/** How a phase's engines bring the new version to its users. */
export const strategySchema = z
  .union(
    [
      z.enum(['all-at-once', 'blue-green', 'canary']).transform(named),
      strictMap({ canary }).transform(({ canary: { steps } }) => ({ kind: 'canary' as const, steps })),
      strictMap({ 'blue-green': strictMap(analysis) }).transform(({ 'blue-green': settings }) => ({
        kind: 'blue-green' as const,
        ...settings,
      })),
    ],
    { error: strategyError },
  )
  .describe('all-at-once, blue-green, canary; or { canary: { steps } }, { blue-green: { pause, gate } }.');

function strategyError({ input }: { readonly input?: unknown }): string | undefined {
  const isMap = typeof input === 'object' && input !== null && ('canary' in input || 'blue-green' in input);
  // Undefined: what is wrong inside says more.
  return isMap
    ? undefined
    : 'expected all-at-once, blue-green, canary, { canary: { steps: [...] } } or { blue-green: {...} }';
}

function named(name: 'all-at-once' | 'blue-green' | 'canary'): Strategy {
  if (name === 'canary') return { kind: 'canary', steps: DEFAULT_STEPS };
  return name === 'blue-green' ? { kind: 'blue-green', gate: [] } : { kind: 'all-at-once' };
}

/** What is looked at before it goes on. */
export interface Analysis {
  readonly pause?: number | undefined;
  readonly gate: 'all' | readonly string[];
}

export type Strategy =
  | { readonly kind: 'all-at-once' }
  | ({ readonly kind: 'blue-green' } & Analysis)
  | { readonly kind: 'canary'; readonly steps: readonly ({ readonly weight: number } & Analysis)[] };

/** @returns every analysis of a strategy. */
export function analysesOf(strategy: Strategy): readonly Analysis[] {
  if (strategy.kind === 'all-at-once') return [];
  return strategy.kind === 'canary' ? strategy.steps : [strategy];
}
