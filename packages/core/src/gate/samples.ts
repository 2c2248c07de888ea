import { formatDuration } from '../duration.ts';
import type { ItemStatus } from '../report/envelope.ts';
import type { Fault, ProbeResult } from './outcome.ts';

/** One sample: the last attempt of a probe and how long it took. */
export interface Sample {
  readonly result: ProbeResult;
  readonly durationMs: number;
}

/** What a check demands of its samples. */
export interface Objective {
  readonly minPassRate: number;
  readonly maxLatency?: { readonly limitMs: number } | undefined;
}

/** What the samples come to; `fault` is undefined for a plain success. */
export interface SampleVerdict {
  readonly status: Exclude<ItemStatus, 'skipped'>;
  readonly message: string;
  readonly fault: Fault | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A sample that is slower than the limit counts as one that failed; min-pass-rate says how many may. */
function slowness({ result, durationMs }: Sample, limit: Objective['maxLatency']): Fault | undefined {
  if (result.outcome === 'failed' || limit === undefined) return undefined;
  if (durationMs <= limit.limitMs) return undefined;
  return {
    category: 'assertion',
    message: `slower than its limit: ${formatDuration(durationMs)} of ${formatDuration(limit.limitMs)}`,
    hint: 'see what slows the service, or raise max-latency',
  };
}

const percent = (share: number) => `${Math.round(share * 1_000) / 10} %`;

/**
 * Judges the samples of one check. Still rate-limited after the retries is a warning, not a failure (contract,
 * section 4).
 *
 * @param samples at least one
 */
export function judgeSamples(samples: readonly Sample[], objective: Objective): SampleVerdict {
  const faults = samples.map((sample) =>
    sample.result.outcome === 'failed' ? sample.result : slowness(sample, objective.maxLatency),
  );
  const bad = faults.filter((fault) => fault !== undefined);
  const rate = (samples.length - bad.length) / samples.length;
  const last = samples.at(-1)?.result;
  const details = { ...last?.details, ...sampleDetails(samples, rate) };
  const [worst] = bad.filter(({ category }) => category !== 'rate-limited').concat(bad);
  if (worst !== undefined && rate < objective.minPassRate) {
    const share = samples.length === 1 ? '' : `${percent(1 - rate)} of ${samples.length} samples failed: `;
    const fault = { category: worst.category, message: `${share}${worst.message}`, hint: worst.hint };
    return {
      status: statusOf(worst),
      message: fault.message,
      fault,
      details: { ...details, ...detailsOf(worst) },
    };
  }
  const warning = samples.map(({ result }) => result).find((result) => result.outcome === 'warned');
  if (warning !== undefined) {
    const { category, message, hint } = warning;
    return { status: 'warning', message, fault: { category, message, hint }, details };
  }
  return { status: 'success', message: last?.message ?? '', fault: undefined, details };
}

const statusOf = ({ category }: Fault) => (category === 'rate-limited' ? 'warning' : 'failure');
const detailsOf = (fault: Fault) => ('details' in fault ? (fault.details as Record<string, unknown>) : {});

function sampleDetails(samples: readonly Sample[], rate: number): Record<string, unknown> {
  const latencies = samples.map(({ durationMs }) => Math.round(durationMs)).sort((a, b) => a - b);
  const latencyMs = latencies[Math.floor((latencies.length - 1) / 2)] ?? 0;
  if (samples.length === 1) return { latencyMs };
  return { latencyMs, samples: samples.length, samplePassRate: rate, slowestMs: latencies.at(-1) ?? 0 };
}
