import { setMaxListeners } from 'node:events';

import { planRetry } from '@sophia/core/gate/retry';
import { failed } from '@sophia/core/gate/outcome';
import type { Fault } from '@sophia/core/gate/outcome';
import type { Sample } from '@sophia/core/gate/samples';

import type { Clock } from '../ports/clock.ts';
import { DEADLINE, endFault, raceAttempt } from './attempt.ts';
import type { Attempt } from './attempt.ts';

/** One check, ready to run. */
export interface PlannedCheck {
  readonly name: string;
  readonly attempt: Attempt;
  /** Per attempt. */
  readonly timeoutMs: number;
  readonly retries: number;
  readonly samples: number;
}

/** What a check came to: at least one sample; `attempts` counts all of them. */
export interface CheckRun {
  readonly samples: readonly [Sample, ...Sample[]];
  readonly attempts: number;
  /** Since 1970. */
  readonly startedAtMs: number;
  readonly durationMs: number;
}

/** How the checks run. */
export interface Schedule {
  readonly concurrency: number;
  /** The whole gate. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** 0 to 1, for the jitter of back-off. */
  readonly random: () => number;
  /** Ends everything early. */
  readonly signal: AbortSignal;
  /** Called once a check, when it has its turn. */
  readonly onStart?: (check: PlannedCheck) => void;
  readonly onRun?: (check: PlannedCheck, run: CheckRun) => void;
}

/**
 * Runs all checks side by side under one deadline. Every check ends by then, with an SDK that hangs or ignores its
 * signal too; one that never had its turn is a timeout.
 *
 * @returns the runs in the order of the checks
 */
export async function runChecks(
  checks: readonly PlannedCheck[],
  schedule: Schedule,
): Promise<readonly CheckRun[]> {
  const deadlineMs = schedule.clock.monotonicMs() + schedule.timeoutMs;
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(DEADLINE), schedule.timeoutMs);
  const ending = AbortSignal.any([ended.signal, schedule.signal]);
  // Each attempt that is under way listens: Node warns of more than ten.
  setMaxListeners(0, ending);
  const runs: CheckRun[] = [];
  const queue = checks.entries();
  const worker = async () => {
    for (const [index, check] of queue) {
      schedule.onStart?.(check);
      const run = await runCheck(check, { ...schedule, ending, deadlineMs });
      runs[index] = run;
      schedule.onRun?.(check, run);
    }
  };
  await Promise.all(Array.from({ length: Math.min(schedule.concurrency, checks.length) }, worker));
  clearTimeout(timer);
  return runs;
}

interface Limits extends Schedule {
  readonly ending: AbortSignal;
  readonly deadlineMs: number;
}

async function runCheck(check: PlannedCheck, limits: Limits): Promise<CheckRun> {
  const { clock } = limits;
  const startedAtMs = clock.nowMs();
  const startedMs = clock.monotonicMs();
  const [first, firstAttempts] = await runSample(check, limits);
  const samples: [Sample, ...Sample[]] = [first];
  let attempts = firstAttempts;
  while (samples.length < check.samples && !limits.ending.aborted) {
    const [sample, more] = await runSample(check, limits);
    samples.push(sample);
    attempts += more;
  }
  return { samples, attempts, startedAtMs, durationMs: clock.monotonicMs() - startedMs };
}

/** One sample with its retries; how long it took is its last attempt's time. */
async function runSample(check: PlannedCheck, limits: Limits): Promise<readonly [Sample, number]> {
  const { clock, ending, deadlineMs, random } = limits;
  for (let attempts = 1; ; attempts += 1) {
    const startedMs = clock.monotonicMs();
    const leftMs = deadlineMs - startedMs;
    if (ending.aborted || leftMs <= 0)
      return [{ result: failed(endFault(ending) ?? noTurn), durationMs: 0 }, attempts - 1];
    const result = await raceAttempt(check.attempt, Math.min(check.timeoutMs, leftMs), ending);
    const sample = { result, durationMs: clock.monotonicMs() - startedMs };
    if (result.outcome !== 'failed') return [sample, attempts];
    const delayMs = planRetry({
      category: result.category,
      attempts,
      retries: check.retries,
      retryAfterMs: result.retryAfterMs,
      remainingMs: deadlineMs - clock.monotonicMs(),
      random: random(),
    });
    if (delayMs === undefined || ending.aborted) return [sample, attempts];
    await clock.sleep(delayMs, ending);
    // The gate ended while this check waited: what it found before is its answer.
    if (ending.aborted) return [sample, attempts];
  }
}

const noTurn: Fault = {
  category: 'timeout',
  message: "the gate's time was over before this check had its turn",
  hint: 'raise gate.timeout or gate.concurrency',
};
