import { fleetItems } from '@sophia/core/fleet/fleet-items';
import type { ServerSnapshot } from '@sophia/core/fleet/fleet-snapshot';
import { expect, test } from '@jest/globals';

import { fleetMetrics, fleetOutputs, fleetSummary } from './orchestrate-outputs.ts';

const snapshot = (name: string, own: Partial<ServerSnapshot> = {}): ServerSnapshot => ({
  ...{ name, critical: true, needs: [], port: 9000, url: 'http://127.0.0.1:9000/mcp', state: 'healthy' },
  ...{ because: null, fault: null, pid: 1, attempts: 1, restarts: 0, firstSpawnedAtMs: 0, readyMs: 100 },
  ...{ failedAtMs: null, recoveriesMs: [], handshake: null, undeclaredPorts: [], publicPorts: [] },
  ...{ ownershipProven: true, lostLogBytes: 0, tail: [] },
  ...own,
});

const fault = { category: 'server-error', message: 'ended', hint: 'look' } as const;
const items = fleetItems(
  [
    snapshot('steady', { recoveriesMs: [900], restarts: 1, readyMs: 300 }),
    snapshot('shaky', { recoveriesMs: [100, 200, 300, 400], restarts: 4 }),
    snapshot('gone', { state: 'failed', fault, pid: null, readyMs: null }),
  ],
  'running',
);

test('the recovery of a fleet is the middle one of all, and the longest', () => {
  expect(fleetMetrics(items)).toEqual({
    ...{ healthyRate: 2 / 3, restarts: 5, readyMedianMs: 100, readyMaxMs: 300 },
    ...{ recoveryMedianMs: 300, recoveryMaxMs: 900 },
  });
  expect(fleetMetrics([])).toEqual({});
});

test('outputs and summary count what is healthy, and name what is not', () => {
  const { healthy, total, servers } = fleetOutputs(items);
  expect([healthy, total]).toEqual(['2', '3']);
  expect(JSON.parse(servers ?? '')[2]).toEqual({
    ...{
      name: 'gone',
      status: 'failed',
      port: 9000,
      url: 'http://127.0.0.1:9000/mcp',
      pid: null,
      restarts: 0,
    },
  });
  expect(fleetSummary(items)).toBe('2 of 3 servers are healthy; gone failed');
});
