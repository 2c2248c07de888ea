/** One figure: `limit` is what is promised, in the same unit; absent where nothing is promised. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 's' | 'x' | 'MB' | 'requests' | '%';
  readonly limit?: number;
  readonly note?: string;
}

/** A benchmark: a file `NAME.bench.ts` exports one as `benchmark`. */
export interface Benchmark {
  readonly title: string;
  readonly run: () => Promise<readonly Figure[]>;
}

/** @returns the smallest, for durations where everything else is noise of the machine. */
export const smallest = (values: readonly number[]) => Math.min(...values);

/** @returns the middle one (the upper of two). */
export const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
