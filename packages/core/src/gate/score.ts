import type { ItemStatus, ReportItem } from '../report/envelope.ts';

/** What a check of each status is worth, as Keptn scored (services notes, Statistics). */
const WORTH: Readonly<Record<ItemStatus, number>> = { success: 1, warning: 0.5, failure: 0, skipped: 0 };

/** Weight of each check by name; where none is given it is 1. */
export type Weights = ReadonlyMap<string, number>;

const judged = (items: readonly ReportItem[]) => items.filter((item) => item.severity !== 'info');

/**
 * @returns 0 to 1: the weighted worth of all judged checks over their weight. Checks folded under a root cause stay in
 *   the denominator. 1 where nothing is judged or nothing has a weight.
 */
export function scoreOf(items: readonly ReportItem[], weights: Weights): number {
  let worth = 0;
  let total = 0;
  for (const item of judged(items)) {
    const weight = weights.get(item.name) ?? 1;
    worth += WORTH[item.status] * weight;
    total += weight;
  }
  return total === 0 ? 1 : worth / total;
}

/** @returns 0 to 1: judged checks that hold (success or warning) of all that are judged; 1 where none is. */
export function passRateOf(items: readonly ReportItem[]): number {
  const all = judged(items);
  if (all.length === 0) return 1;
  return all.filter((item) => item.status === 'success' || item.status === 'warning').length / all.length;
}

/** One-sided 95 %: the normal quantile of 0.95. */
const Z_95 = 1.6448536269514722;

/**
 * Wilson's lower bound of a rate, one-sided at 95 % confidence: what the rate is at least, given so few samples
 * (E. B. Wilson, 1927). One run of 12 checks proves no ">95 %".
 *
 * @returns 0 to 1; 0 where there is no sample
 */
export function wilsonLowerBound(successes: number, samples: number): number {
  if (samples === 0) return 0;
  const rate = successes / samples;
  const z2 = Z_95 ** 2;
  const centre = rate + z2 / (2 * samples);
  const margin = Z_95 * Math.sqrt((rate * (1 - rate)) / samples + z2 / (4 * samples ** 2));
  return Math.max(0, (centre - margin) / (1 + z2 / samples));
}
