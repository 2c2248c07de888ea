import { describe, expect, test } from '@jest/globals';
import { SophiaError } from '@sophia/core/errors';

import type { Clock } from '../ports/clock.ts';
import { passing } from './cloud-failure.ts';
import { startBudget, waitMs, withRetries } from './retries.ts';

/** A clock on which only sleeping takes time. */
function sleepingClock(): Clock & { slept: number[] } {
  let nowMs = 0;
  const slept: number[] = [];
  return {
    slept,
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (durationMs) => {
      slept.push(durationMs);
      nowMs += durationMs;
      return Promise.resolve();
    },
  };
}

const busy = (retryAfterMs?: number) =>
  passing('unavailable', { message: 'busy', hint: 'wait' }, retryAfterMs);

describe('waiting', () => {
  test.each([
    [1, undefined, 0, 250],
    [1, undefined, 1, 500],
    [4, undefined, 1, 4_000],
    [1, 7_000, 0, 7_000],
    [4, 0, 1, 4_000],
  ])('before retry %i, asked for %p, by chance %d: %i ms', (retry, asked, chance, expected) => {
    expect(waitMs(retry, asked, chance)).toBe(expected);
  });
});

describe('attempts', () => {
  test('are five at most, and the error says how many', async () => {
    const clock = sleepingClock();
    const run = withRetries(startBudget(clock, new AbortController().signal), async () => busy());
    await expect(run).rejects.toThrow('busy (5 attempts)');
    expect(clock.slept).toHaveLength(4);
  });

  test('end where the next would begin after the minute', async () => {
    const clock = sleepingClock();
    const run = withRetries(startBudget(clock, new AbortController().signal), async () => busy(25_000));
    await expect(run).rejects.toThrow('busy (3 attempts)');
    expect(clock.slept).toEqual([25_000, 25_000]);
  });

  test('end with the signal', async () => {
    const controller = new AbortController();
    const run = withRetries(startBudget(sleepingClock(), controller.signal), async () => {
      controller.abort();
      return busy();
    });
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('are over with the first answer that lasts', async () => {
    const answers = [busy(), { value: 7 }];
    const run = withRetries(startBudget(sleepingClock(), new AbortController().signal), async () => {
      const next = answers.shift();
      if (next === undefined) throw new SophiaError('state', { message: 'asked too often', hint: '' });
      return next;
    });
    expect(await run).toBe(7);
  });
});
