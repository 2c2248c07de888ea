import { describe, expect, test } from '@jest/globals';
import { failed, passed } from '@sophia/core/gate/outcome';
import type { ProbeResult } from '@sophia/core/gate/outcome';
import type { Category } from '@sophia/core/report/envelope';

import { systemClock } from '../ports/clock.ts';
import type { Attempt } from './attempt.ts';
import { runChecks } from './scheduler.ts';
import type { PlannedCheck, Schedule } from './scheduler.ts';

const sleep = (durationMs: number) => new Promise<void>((done) => setTimeout(done, durationMs));
const bad = (category: Category, retryAfterMs?: number) =>
  failed({ category, message: category, hint: '' }, {}, retryAfterMs);

const planned = (name: string, attempt: Attempt, own: Partial<PlannedCheck> = {}): PlannedCheck => ({
  name,
  attempt,
  timeoutMs: 1_000,
  retries: 2,
  samples: 1,
  ...own,
});

const schedule = (own: Partial<Schedule> = {}): Schedule => ({
  concurrency: 16,
  timeoutMs: 5_000,
  clock: systemClock,
  random: () => 0,
  signal: new AbortController().signal,
  ...own,
});

/** Answers one after the other, and counts. */
function script(...results: readonly ProbeResult[]) {
  let calls = 0;
  const attempt: Attempt = () =>
    Promise.resolve(results[Math.min(calls++, results.length - 1)] ?? passed(''));
  return { attempt, calls: () => calls };
}

async function timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
  const from = performance.now();
  return [await work, performance.now() - from];
}

describe('the scheduler', () => {
  test('runs all side by side, and gives the runs in the order of the checks', async () => {
    const checks = [300, 200, 100].map((durationMs) =>
      planned(`after ${durationMs}`, async () => {
        await sleep(durationMs);
        return passed(String(durationMs));
      }),
    );
    const ended: string[] = [];
    const runs = await runChecks(checks, schedule({ onRun: ({ name }) => ended.push(name) }));
    expect(runs.map(({ samples }) => samples[0].result.message)).toEqual(['300', '200', '100']);
    expect(ended).toEqual(['after 100', 'after 200', 'after 300']);
  });

  test('keeps to its concurrency', async () => {
    let running = 0;
    let most = 0;
    const checks = Array.from({ length: 20 }, (_, index) =>
      planned(`c${index}`, async () => {
        most = Math.max(most, (running += 1));
        await sleep(10);
        running -= 1;
        return passed('');
      }),
    );
    await runChecks(checks, schedule({ concurrency: 3 }));
    expect(most).toBe(3);
  });

  test('tries again where that can help, and only as often as it may', async () => {
    const recovers = script(bad('refused'), bad('timeout'), passed('up'));
    const stays = script(bad('server-error'));
    const refused = script(bad('unauthorized'));
    const runs = await runChecks(
      [recovers, stays, refused].map(({ attempt }, index) => planned(`c${index}`, attempt)),
      schedule(),
    );
    expect(runs.map(({ attempts, samples }) => [attempts, samples[0].result.outcome])).toEqual([
      [3, 'passed'],
      [3, 'failed'],
      [1, 'failed'],
    ]);
    expect([recovers.calls(), stays.calls(), refused.calls()]).toEqual([3, 3, 1]);
  });

  test('waits as long as the service asks', async () => {
    const { attempt } = script(bad('rate-limited', 400), passed(''));
    const [, tookMs] = await timed(runChecks([planned('c', attempt)], schedule()));
    expect(tookMs).toBeGreaterThanOrEqual(395);
  });

  test('leaves an attempt behind that ignores its signal, and ends on time', async () => {
    const hangs: Attempt = () => new Promise(() => undefined);
    const checks = Array.from({ length: 5 }, (_, index) =>
      planned(`c${index}`, hangs, { timeoutMs: 60_000 }),
    );
    const [runs, tookMs] = await timed(runChecks(checks, schedule({ timeoutMs: 300, concurrency: 2 })));
    expect(tookMs).toBeLessThan(5_000);
    expect(runs.map(({ samples: [{ result }] }) => 'category' in result && result.category)).toEqual(
      Array(5).fill('timeout'),
    );
    expect(runs[4]?.samples[0].result.message).toMatch(/before this check had its turn/);
  });

  test('bounds each attempt, and aborts its signal', async () => {
    let aborted = 0;
    const attempt: Attempt = (signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => (aborted += 1));
      });
    const [run] = await runChecks([planned('c', attempt, { timeoutMs: 50, retries: 1 })], schedule());
    expect(run).toMatchObject({
      attempts: 2,
      samples: [{ result: { category: 'timeout', message: 'no answer in 50 ms' } }],
    });
    expect(aborted).toBe(2);
  });

  test('a probe that throws fails its own check and no other', async () => {
    const throws: Attempt = () => Promise.reject(new Error('oops'));
    const runs = await runChecks(
      [planned('a', throws), planned('b', script(passed('')).attempt)],
      schedule(),
    );
    expect(runs.map(({ samples: [{ result }] }) => result)).toMatchObject([
      { outcome: 'failed', category: 'protocol', message: 'the check itself failed: oops' },
      { outcome: 'passed' },
    ]);
  });

  test('takes as many samples as it is told, each with its retries', async () => {
    const { attempt } = script(passed(''), bad('refused'), passed(''), passed(''));
    const [run] = await runChecks([planned('c', attempt, { samples: 3 })], schedule());
    expect([run?.samples.length, run?.attempts]).toEqual([3, 4]);
  });

  test('ends at once when it is cancelled', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const hangs: Attempt = () => new Promise(() => undefined);
    const [runs, tookMs] = await timed(
      runChecks([planned('c', hangs)], schedule({ signal: controller.signal })),
    );
    expect(tookMs).toBeLessThan(5_000);
    expect(runs).toMatchObject([
      { samples: [{ result: { message: 'the run was cancelled before it answered' } }] },
    ]);
  });
});
