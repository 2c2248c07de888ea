import { describe, expect, test } from '@jest/globals';

import { renderDashboard } from '../html/render-dashboard.ts';
import { buildSample } from '../golden/build-sample.ts';
import { greenSample, rolledBackSample } from '../golden/sample.ts';
import { doraOf, isKept, median, promisesOf, regionMeasures } from './measures.ts';
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
    serversStarted: 1,
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
    'Servers start': true,
    'Longest start of the fleet': true,
    'Longest recovery of a server': undefined,
    'Lint and security pass': false,
    'Builds and tests pass': undefined,
  });
});

test('the longest start of a fleet is held against two minutes', () => {
  const slow = { ...record({ hours: 0 }, 0), fleetReadyMs: 121_000 };
  const row = promisesOf([record({ hours: 1 }, 1), slow]).find(
    ({ name }) => name === 'Longest start of the fleet',
  );
  expect(row).toMatchObject({ value: 121_000, limit: 120_000, of: 2 });
  expect(row === undefined ? undefined : isKept(row)).toBe(false);
});

describe('by region', () => {
  const visit = (hours: number, status: Made['status'], regions: Readonly<Record<string, boolean>>) => {
    const made = record({ hours, ...(status === undefined ? {} : { status }) }, hours);
    const visits = Object.entries(regions).map(([name, good]) => ({ name, good, durationMs: hours * 1_000 }));
    return made.deployment === null ? made : { ...made, deployment: { ...made.deployment, regions: visits } };
  };
  const measured = regionMeasures(
    [
      visit(1, 'success', { eu: true, us: true }),
      visit(3, 'warning', { eu: true, us: false }),
      visit(6, 'success', { eu: true, us: true }),
      visit(8, 'rolled-back', { eu: true, us: false }),
      visit(9, 'cancelled', { eu: false }),
    ],
    START_MS + 24 * HOUR_MS,
  );
  const [eu, us] = measured;

  test('the measures of DORA are those of the deployments there: what was rolled back failed everywhere', () => {
    expect(measured.map(({ environment, region, isLastGood }) => [environment, region, isLastGood])).toEqual([
      ['production', 'eu', false],
      ['production', 'us', false],
    ]);
    expect(eu?.dora.map(({ value, of }) => [value, of])).toEqual([
      [3, 3],
      [2 * HOUR_MS, 3],
      [0.25, 4],
      [null, 0],
    ]);
    expect(us?.dora.map(({ value, of }) => [value, of])).toEqual([
      [2, 2],
      [2 * HOUR_MS, 2],
      [0.5, 4],
      [3 * HOUR_MS, 1],
    ]);
  });

  test('the promises are those that a region can tell', () => {
    expect(us?.promises.map(({ name, value, of }) => [name, value, of])).toEqual([
      ['Deployments succeed', 0.5, 4],
      ['Longest deployment', 6_000, 2],
    ]);
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
