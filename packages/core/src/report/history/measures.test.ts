import { describe, expect, test } from '@jest/globals';

import { renderDashboard } from '../html/render-dashboard.ts';
import { buildSample } from '../golden/build-sample.ts';
import { greenSample, rolledBackSample } from '../golden/sample.ts';
import { doraOf, isKept, median, promisesOf } from './measures.ts';
import { parseRecord, recordOf } from './run-record.ts';
import type { RunRecord } from './run-record.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 5);
const at = (hours: number) => new Date(START_MS + hours * HOUR_MS).toISOString();

interface Made {
  readonly hours: number;
  readonly status?: NonNullable<RunRecord['deployment']>['status'];
  readonly environment?: string;
}

/** A deployment that finished at an hour; its commit was made two hours before. */
function record({ hours, status = 'success', environment = 'production' }: Made, index: number): RunRecord {
  const isBad = status === 'failure' || status === 'rolled-back';
  return {
    schema: 'sophia-history/1',
    runId: index + 1,
    attempt: 1,
    sha: 'a'.repeat(40),
    url: 'https://github.com/acme/app/actions/runs/1',
    environment,
    at: at(hours),
    verdict: isBad ? 'failure' : 'success',
    committedAt: at(hours - 2),
    deployment: {
      id: `sophia-${environment}-${index}`,
      status,
      finishedAt: at(hours),
      durationMs: 60_000,
      rollbackMs: isBad ? 4_000 : null,
      failedStep: isBad ? 'backend/health' : null,
      regions: [],
    },
    gatePassed: true,
    serversHealthy: 1,
    coverage: 0.9,
    fleetReadyMs: 1_000,
    recoveryMs: null,
    criticalFindings: 0,
    qualityPassed: !isBad,
    buildPassed: null,
  };
}

const values = (made: readonly Made[], nowHours: number) =>
  doraOf(made.map(record), START_MS + nowHours * HOUR_MS).map(({ value, of }) => [value, of]);

describe('the four measures of DORA', () => {
  test('of nothing are nothing, not zero', () => {
    expect(values([], 0)).toEqual([
      [null, 0],
      [null, 0],
      [null, 0],
      [null, 0],
    ]);
  });

  test('count good deployments a week, their lead time, failures, and the time until the next good one', () => {
    const made: readonly Made[] = [
      { hours: 0 },
      { hours: 10, status: 'rolled-back' },
      { hours: 11, status: 'failure' },
      { hours: 15 },
      { hours: 20, status: 'cancelled' },
    ];
    expect(values(made, 14 * 24)).toEqual([
      [1, 2],
      [2 * HOUR_MS, 2],
      [0.5, 4],
      [5 * HOUR_MS, 1],
    ]);
  });

  test('restore each environment by itself', () => {
    const made: readonly Made[] = [
      { hours: 1, status: 'failure', environment: 'staging' },
      { hours: 2, environment: 'production' },
      { hours: 4, environment: 'staging' },
    ];
    expect(values(made, 10)[3]).toEqual([3 * HOUR_MS, 1]);
  });
});

test('a promise is kept, broken, or was not measured', () => {
  const promises = promisesOf([record({ hours: 0 }, 0), record({ hours: 1, status: 'rolled-back' }, 1)]);
  const kept = Object.fromEntries(promises.map((promise) => [promise.name, isKept(promise)]));
  expect(kept).toMatchObject({
    'Deployments succeed': false,
    'Longest rollback': true,
    'Longest recovery of a server': undefined,
    'Lint and security pass': false,
    'Builds and tests pass': undefined,
  });
});

test('a record survives its file, and a tampered one is none', () => {
  const made = recordOf(buildSample(rolledBackSample), '2026-06-12T11:00:00+02:00');
  expect(made.deployment).toMatchObject({
    status: 'rolled-back',
    rollbackMs: 4_100,
    failedStep: 'backend/health',
  });
  expect(parseRecord(JSON.stringify(made))).toEqual(made);
  expect(parseRecord(JSON.stringify({ ...made, verdict: '<script>' }))).toBeUndefined();
  expect(recordOf(buildSample(greenSample), null).deployment).toMatchObject({
    status: 'success',
    rollbackMs: null,
  });
});

test('the dashboard of 5,000 deployments is small', () => {
  const records = Array.from({ length: 5_000 }, (_, index) =>
    record({ hours: index, status: index % 9 === 0 ? 'rolled-back' : 'success' }, index),
  );
  const page = renderDashboard({
    repository: 'acme/app',
    records,
    nowMs: START_MS + 5_000 * HOUR_MS,
    pageOf: () => undefined,
  });
  expect(page.length).toBeLessThan(300_000);
  expect(page).toContain('4800 older ones are counted above');
});

test('the middle of an even number is the mean of two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
