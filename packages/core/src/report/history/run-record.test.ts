import { describe, expect, test } from '@jest/globals';

import type { ReportItem } from '../envelope.ts';
import { buildCompared } from '../golden/build-sample.ts';
import { greenSample } from '../golden/sample.ts';
import { reportItem } from '../judge.ts';
import { parseRecord, recordOf } from './run-record.ts';

test('a deployment to regions is remembered by region: good where every step was, as long as its steps', () => {
  const pipeline = buildCompared(greenSample);
  const reports = pipeline.reports.map((report) => {
    if (report.kind !== 'deploy-phase') return report;
    const [first] = report.items;
    if (first === undefined) throw new Error('the sample deploys nothing');
    const visit = (region: string, status: 'success' | 'failure', durationMs: number) => ({
      ...{ ...first, name: `web@${region}/x`, status, durationMs },
      details: { ...first.details, region },
    });
    return {
      ...report,
      items: [
        first,
        visit('eu', 'success', 10),
        visit('eu', 'success', 5),
        visit('us', 'success', 1),
        visit('us', 'failure', 2),
      ],
    };
  });
  const record = recordOf({ ...pipeline, reports }, null);
  expect(record.deployment?.regions).toEqual([
    { name: 'eu', good: true, durationMs: 15 },
    { name: 'us', good: false, durationMs: 3 },
  ]);
  expect(parseRecord(JSON.stringify(record))).toEqual(record);
});

describe('the start of the fleet', () => {
  const startMs = Date.UTC(2026, 5, 12);
  const server = (name: string, afterMs: number | null, readyMs: number | null) =>
    reportItem({
      name,
      kind: 'mcp-server',
      status: readyMs === null ? 'failure' : 'success',
      durationMs: readyMs ?? 30_000,
      details: {
        readyMs,
        ...(afterMs === null ? {} : { startedAt: new Date(startMs + afterMs).toISOString() }),
      },
    });
  const recordOfFleet = (items: readonly ReportItem[]) => {
    const pipeline = buildCompared(greenSample);
    const reports = pipeline.reports.map((report) =>
      report.kind === 'mcp-orchestrate' ? { ...report, items } : report,
    );
    return recordOf({ ...pipeline, reports }, null);
  };

  test('goes from the start of the first server until the last one is ready', () => {
    expect(recordOfFleet([server('b', 500, 700), server('a', 0, 300)])).toMatchObject({
      ...{ fleetReadyMs: 1_200, serversStarted: 1, serversHealthy: 1 },
    });
  });

  test('counts servers that were started: one that is blocked behind another is none', () => {
    const items = [server('a', 0, 300), server('b', 10, null), server('c', null, null)];
    expect(recordOfFleet(items)).toMatchObject({ fleetReadyMs: 300, serversStarted: 1 / 2 });
    expect(recordOfFleet([])).toMatchObject({ fleetReadyMs: null, serversStarted: null });
  });
});

test('the jobs of the master workflow are remembered by what they came to', () => {
  const jobs = [
    { id: 'quality-security', result: 'failure' },
    { id: 'build-test', result: 'success' },
  ] as unknown as ReturnType<typeof buildCompared>['jobs'];
  const pipeline = buildCompared(greenSample);
  expect(recordOf({ ...pipeline, jobs }, null)).toMatchObject({ qualityPassed: false, buildPassed: true });
  expect(recordOf({ ...pipeline, jobs: [] }, null)).toMatchObject({ qualityPassed: null, buildPassed: null });
});

test('a record of before there were regions is still read', () => {
  const record = recordOf(buildCompared(greenSample), null);
  const { regions: _none, ...deployment } = record.deployment ?? { regions: [] };
  expect(parseRecord(JSON.stringify({ ...record, deployment }))?.deployment?.regions).toEqual([]);
});
