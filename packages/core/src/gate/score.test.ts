import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { ItemStatus, Severity } from '../report/envelope.ts';
import { reportItem } from '../report/judge.ts';
import { passRateOf, scoreOf, wilsonLowerBound } from './score.ts';

const item = (name: string, status: ItemStatus, severity: Severity = 'critical') =>
  reportItem({ name, kind: 'http', status, severity });

const anyItem = fc.record({
  status: fc.constantFrom<ItemStatus>('success', 'warning', 'failure', 'skipped'),
  severity: fc.constantFrom<Severity>('critical', 'warning', 'info'),
  weight: fc.double({ min: 0, max: 100, noNaN: true }),
});

const anyGate = fc.array(anyItem, { maxLength: 20 }).map((list) => ({
  items: list.map(({ status, severity }, index) => item(`check${index}`, status, severity)),
  weights: new Map(list.map(({ weight }, index) => [`check${index}`, weight])),
}));

describe('score', () => {
  test('is weighted: a success counts 1, a warning 0.5, a failure and a folded check 0', () => {
    const items = [item('a', 'success'), item('b', 'warning'), item('c', 'failure'), item('d', 'skipped')];
    expect(scoreOf(items, new Map())).toBe(1.5 / 4);
    expect(scoreOf(items, new Map([['a', 6]]))).toBe(6.5 / 9);
  });

  test('leaves checks of severity info out, in the numerator and the denominator', () => {
    const items = [item('a', 'success'), item('b', 'failure', 'info')];
    expect([scoreOf(items, new Map()), passRateOf(items)]).toEqual([1, 1]);
  });

  test('is between 0 and 1, and 1 exactly where all that weighs is well', () => {
    fc.assert(
      fc.property(anyGate, ({ items, weights }) => {
        const score = scoreOf(items, weights);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1 + 1e-12);
        const weighing = items.filter(
          ({ name, severity }) => severity !== 'info' && (weights.get(name) ?? 1) > 0,
        );
        if (weighing.every(({ status }) => status === 'success')) expect(score).toBeCloseTo(1, 12);
      }),
    );
  });

  test('never rises when a check gets worse', () => {
    fc.assert(
      fc.property(anyGate, fc.nat(19), ({ items, weights }, index) => {
        const worse = items.map((one, at) => (at === index ? { ...one, status: 'failure' as const } : one));
        expect(scoreOf(worse, weights)).toBeLessThanOrEqual(scoreOf(items, weights) + 1e-12);
        expect(passRateOf(worse)).toBeLessThanOrEqual(passRateOf(items));
      }),
    );
  });
});

describe("Wilson's lower bound", () => {
  test.each([
    [59, 59, 0.95],
    [92, 93, 0.95],
    [122, 124, 0.95],
  ])('%i of %i is what it takes to claim more than %d', (successes, samples, claim) => {
    expect(wilsonLowerBound(successes, samples)).toBeGreaterThan(claim);
  });

  test('of one run with 12 checks proves no 95 %', () => {
    expect(wilsonLowerBound(12, 12)).toBeCloseTo(0.816, 3);
    expect(wilsonLowerBound(0, 0)).toBe(0);
  });

  test('is below the rate, and rises with every success', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat(10_000), (samples, some) => {
        const successes = some % (samples + 1);
        const bound = wilsonLowerBound(successes, samples);
        expect(bound).toBeGreaterThanOrEqual(0);
        expect(bound).toBeLessThanOrEqual(successes / samples + 1e-12);
        expect(wilsonLowerBound(successes + 1, samples + 1)).toBeGreaterThan(bound);
      }),
    );
  });
});
