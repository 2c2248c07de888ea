import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Category } from '../report/envelope.ts';
import { isRetryable, parseRetryAfter, planRetry } from './retry.ts';

const ask = { category: 'timeout' as Category, attempts: 1, retries: 2, remainingMs: 60_000, random: 0 };

describe('retries', () => {
  test.each<[Category, boolean]>([
    ['dns', true],
    ['refused', true],
    ['timeout', true],
    ['server-error', true],
    ['rate-limited', true],
    ['unauthorized', false],
    ['forbidden', false],
    ['billing', false],
    ['tls', false],
    ['not-found', false],
    ['protocol', false],
    ['assertion', false],
    ['configuration', false],
    ['runner', false],
  ])('after %s: %s', (category, expected) => {
    expect(isRetryable(category)).toBe(expected);
    expect(planRetry({ ...ask, category }) !== undefined).toBe(expected);
  });

  test('back off, each twice as long, with half of it left to chance', () => {
    const delays = [1, 2, 3, 4, 5, 6].map((attempts) => [
      planRetry({ ...ask, attempts, retries: 9 }),
      planRetry({ ...ask, attempts, retries: 9, random: 1 }),
    ]);
    expect(delays).toEqual([
      [125, 250],
      [250, 500],
      [500, 1_000],
      [1_000, 2_000],
      [2_000, 4_000],
      [2_500, 5_000],
    ]);
  });

  test('wait as long as the service asks, unless the gate ends before', () => {
    expect(planRetry({ ...ask, retryAfterMs: 3_000 })).toBe(3_000);
    expect(planRetry({ ...ask, retryAfterMs: 60_000 })).toBeUndefined();
  });

  test('never outlast the gate, and never exceed what is allowed', () => {
    fc.assert(
      fc.property(
        fc.record({
          attempts: fc.integer({ min: 1, max: 40 }),
          retries: fc.nat(20),
          remainingMs: fc.nat(100_000),
          random: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        (question) => {
          const delayMs = planRetry({ ...question, category: 'refused' });
          if (question.attempts > question.retries) expect(delayMs).toBeUndefined();
          if (delayMs !== undefined) expect(delayMs).toBeLessThan(question.remainingMs);
        },
      ),
    );
  });

  test('read retry-after as seconds and as a date', () => {
    const nowMs = Date.parse('2026-11-24T06:00:00Z');
    expect(parseRetryAfter('3', nowMs)).toBe(3_000);
    expect(parseRetryAfter('Tue, 24 Nov 2026 06:00:05 GMT', nowMs)).toBe(5_000);
    expect(parseRetryAfter('Tue, 24 Nov 2026 05:00:00 GMT', nowMs)).toBe(0);
    expect([undefined, '', 'soon'].map((value) => parseRetryAfter(value, nowMs))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
