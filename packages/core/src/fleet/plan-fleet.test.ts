import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { testServer } from './fixtures/test-server.ts';
import { planFleet } from './plan-fleet.ts';

const limits = { concurrency: 2, startTimeoutMs: 600_000 };

describe('the plan of a fleet', () => {
  test('needs win, then priority, then the longest remaining path', () => {
    const servers = [
      testServer('leaf', { priority: 1, needs: ['memory'] }),
      testServer('alone'),
      testServer('root'),
      testServer('memory'),
      testServer('deep', { needs: ['root'], readyTimeoutMs: 90_000 }),
    ];
    const plan = planFleet(servers, limits);
    expect(plan.order).toEqual(['root', 'deep', 'memory', 'leaf', 'alone']);
    expect(plan.criticalPath).toEqual({ names: ['root', 'deep'], limitMs: 120_000 });
    expect(plan.waves).toEqual([
      ['root', 'memory', 'alone'],
      ['leaf', 'deep'],
    ]);
  });

  test('the bound is the slowest run through the slots, and the start-timeout at most', () => {
    const four = ['a', 'b', 'c', 'd'].map((name) => testServer(name));
    expect(planFleet(four, limits).boundMs).toBe(60_000);
    expect(planFleet(four, { concurrency: 4, startTimeoutMs: 20_000 }).boundMs).toBe(20_000);
    expect(planFleet([], limits).boundMs).toBe(0);
  });

  test('every server stands once in the order, after all that it needs', () => {
    const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
    const anyFleet = fc.tuple(
      ...names.map((_, index) => fc.subarray(names.slice(0, index), { maxLength: Math.min(3, index) })),
    );
    fc.assert(
      fc.property(anyFleet, fc.array(fc.nat(3), { minLength: 12, maxLength: 12 }), (needs, priorities) => {
        const servers = names.map((name, index) =>
          testServer(name, { needs: needs[index] ?? [], priority: priorities[index] ?? 0 }),
        );
        const { order, boundMs, criticalPath } = planFleet(servers, limits);
        expect(order.toSorted()).toEqual(names.toSorted());
        for (const { name, needs: own } of servers) {
          for (const need of own) expect(order.indexOf(need)).toBeLessThan(order.indexOf(name));
        }
        expect(boundMs).toBeGreaterThanOrEqual(criticalPath.limitMs);
      }),
    );
  });
});
