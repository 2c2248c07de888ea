import type { LatencyLimit } from '../config/check-schemas.ts';
import type { Report, ReportItem } from '../report/envelope.ts';
import { wilsonLowerBound } from './score.ts';

/** How long a check took in earlier runs that passed. */
export interface Baseline {
  readonly medianMs: number;
  /** Median of the distances from the median: what is usual, whatever a few outliers did. */
  readonly madMs: number;
  readonly runs: number;
}

/** What earlier runs of one environment tell. */
export interface History {
  /** Runs that were counted. */
  readonly runs: number;
  readonly baselines: ReadonlyMap<string, Baseline>;
  /** Share of the judged checks that held, over all these runs, and what it is at least, at 95 % confidence. */
  readonly rolling: { readonly rate: number; readonly lowerBound: number; readonly checks: number };
}

/** As many runs as a baseline looks back on, and as few as it takes to be one. */
const MOST_RUNS = 20;
export const FEWEST_RUNS = 5;

/** @returns what the last 20 runs of an environment tell; reports of other actions and environments do not count. */
export function historyOf(reports: readonly Report[], environment: string): History {
  const own = reports
    .filter((report) => report.kind === 'health-gate' && report.environment === environment)
    .toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
  const passing = own.filter(({ status }) => status === 'success' || status === 'warning');
  const latest = own.slice(0, MOST_RUNS);
  const judged = latest.flatMap(({ items }) => items.filter(({ severity }) => severity !== 'info'));
  const held = judged.filter(({ status }) => status === 'success' || status === 'warning').length;
  return {
    runs: latest.length,
    baselines: baselinesOf(passing.slice(0, MOST_RUNS).flatMap(({ items }) => items)),
    rolling: {
      rate: judged.length === 0 ? 1 : held / judged.length,
      lowerBound: wilsonLowerBound(held, judged.length),
      checks: judged.length,
    },
  };
}

function baselinesOf(items: readonly ReportItem[]): ReadonlyMap<string, Baseline> {
  const latencies = new Map<string, number[]>();
  for (const { name, status, details } of items) {
    const latency = details['latencyMs'];
    if (status !== 'success' || typeof latency !== 'number') continue;
    const list = latencies.get(name) ?? [];
    latencies.set(name, [...list, latency]);
  }
  return new Map(
    [...latencies]
      .filter(([, list]) => list.length >= FEWEST_RUNS)
      .map(([name, list]) => [name, baselineOf(list)]),
  );
}

function baselineOf(latencies: readonly number[]): Baseline {
  const medianMs = median(latencies);
  const madMs = median(latencies.map((latency) => Math.abs(latency - medianMs)));
  return { medianMs, madMs, runs: latencies.length };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = low] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

/** A baseline of few milliseconds moves by as many from run to run: no limit is drawn closer than that. */
const LEAST_SLACK_MS = 10;

/** Normal noise: three times the MAD, scaled to a standard deviation (1.4826, as for a normal distribution). */
const NOISE = 3 * 1.4826;

/**
 * @returns the limit in milliseconds; a relative one is the median and its percentage, but never within the noise of
 *   the earlier runs. Undefined where there is no limit, or no baseline to draw one from.
 */
export function absoluteLimit(
  limit: LatencyLimit | undefined,
  baseline: Baseline | undefined,
): { readonly limitMs: number } | undefined {
  if (limit === undefined || 'limitMs' in limit) return limit;
  if (baseline === undefined) return undefined;
  const { medianMs, madMs } = baseline;
  const slackMs = Math.max((medianMs * limit.overBaselinePercent) / 100, madMs * NOISE, LEAST_SLACK_MS);
  return { limitMs: Math.round(medianMs + slackMs) };
}
