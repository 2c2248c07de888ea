import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Report, ReportStatus } from '../report/envelope.ts';
import { reportItem } from '../report/judge.ts';
import { absoluteLimit, historyOf } from './history.ts';

function report(latencyMs: number, own: Partial<Report> = {}, index = 0): Report {
  const status: ReportStatus = own.status ?? 'success';
  const item = reportItem({
    name: 'api',
    kind: 'http',
    status: status === 'failure' ? 'failure' : 'success',
    details: { latencyMs },
  });
  return {
    schema: 'sophia-report/1',
    kind: 'health-gate',
    status,
    environment: 'production',
    deploymentId: 'd',
    startedAt: new Date(index * 60_000).toISOString(),
    durationMs: 1,
    run: { repository: '', sha: '', runId: 1, attempt: 1, job: '', actor: '', event: '', ref: '' },
    items: [item],
    metrics: {},
    summary: '',
    details: {},
    ...own,
  };
}

const runs = (latencies: readonly number[], own: Partial<Report> = {}) =>
  latencies.map((latency, index) => report(latency, own, index));
const limit = { overBaselinePercent: 20 };

describe('the history', () => {
  test('gives median and MAD of the runs that passed', () => {
    const { baselines } = historyOf(runs([100, 110, 90, 100, 900]), 'production');
    expect(baselines.get('api')).toEqual({ medianMs: 100, madMs: 10, runs: 5 });
  });

  test('counts only the last twenty, of this environment and this action', () => {
    const many = runs(Array.from({ length: 30 }, (_, index) => index));
    const other = [...runs([1, 1, 1], { environment: 'staging' }), ...runs([1, 1], { kind: 'esc-setup' })];
    const history = historyOf([...many, ...other], 'production');
    expect(history.runs).toBe(20);
    expect(history.baselines.get('api')).toMatchObject({ medianMs: 19.5, runs: 20 });
  });

  test('a failed run makes no baseline, and lowers the rolling rate', () => {
    const history = historyOf([...runs([1, 1, 1]), ...runs([500], { status: 'failure' })], 'production');
    expect(history.baselines.size).toBe(0);
    expect(history.rolling).toMatchObject({ rate: 0.75, checks: 4 });
    expect(history.rolling.lowerBound).toBeLessThan(0.75);
  });

  test('fewer than five runs draw no limit; an absolute one needs none', () => {
    const { baselines } = historyOf(runs([1, 1, 1, 1]), 'production');
    expect(absoluteLimit(limit, baselines.get('api'))).toBeUndefined();
    expect(absoluteLimit({ limitMs: 5 }, undefined)).toEqual({ limitMs: 5 });
  });

  test.each([
    [{ medianMs: 100, madMs: 0, runs: 5 }, 120],
    [{ medianMs: 100, madMs: 10, runs: 5 }, 144],
    [{ medianMs: 2, madMs: 0, runs: 5 }, 12],
  ])('+20% over %j is %i ms', (baseline, limitMs) => {
    expect(absoluteLimit(limit, baseline)).toEqual({ limitMs });
  });

  test('half of the earlier runs never break the limit that they draw', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 5, maxLength: 20 }),
        (latencies) => {
          const drawn = absoluteLimit(limit, historyOf(runs(latencies), 'production').baselines.get('api'));
          const within = latencies.filter((latency) => latency <= (drawn?.limitMs ?? -1) + 1);
          expect(within.length).toBeGreaterThanOrEqual(latencies.length / 2);
        },
      ),
    );
  });
});
