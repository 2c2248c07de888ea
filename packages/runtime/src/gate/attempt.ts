import { formatDuration } from '@sophia/core/duration';
import { messageOf, SophiaError } from '@sophia/core/errors';
import { failed } from '@sophia/core/gate/outcome';
import type { Fault, ProbeResult } from '@sophia/core/gate/outcome';
import { timeoutFault } from '@sophia/core/gate/transport-faults';

/** A probe bound to its check: asks once. */
export type Attempt = (signal: AbortSignal, timeoutMs: number) => Promise<ProbeResult>;

/**
 * Races one attempt against its time: an SDK that ignores its signal is left behind, and what it says later is not
 * heard. An attempt that throws is a bug of its kind; it fails this check and no other.
 *
 * @param ending aborted when the whole gate ends
 */
export function raceAttempt(attempt: Attempt, timeoutMs: number, ending: AbortSignal): Promise<ProbeResult> {
  const controller = new AbortController();
  return new Promise((resolve) => {
    const settle = (result: ProbeResult) => {
      clearTimeout(timer);
      ending.removeEventListener('abort', stop);
      resolve(result);
      controller.abort(SETTLED);
    };
    const stop = () => settle(failed(endFault(ending) ?? timeoutFault('the time that the gate had left')));
    const timer = setTimeout(
      () => settle(failed(timeoutFault(formatDuration(timeoutMs)))),
      Math.max(0, timeoutMs),
    );
    if (ending.aborted) return stop();
    ending.addEventListener('abort', stop, { once: true });
    attempt(controller.signal, timeoutMs).then(settle, (error: unknown) => settle(failed(faultOf(error))));
  });
}

/** Ends what an attempt left open. Given, since an abort without a reason makes an error with a stack each time. */
const SETTLED = 'settled';

/** Why the whole gate ended, where its time was over; anything else is a cancelled run. */
export const DEADLINE = 'deadline';

/** @returns the fault of a check that a cancelled run left unfinished; undefined where nobody cancelled. */
export function endFault(ending: AbortSignal): Fault | undefined {
  if (!ending.aborted || ending.reason === DEADLINE) return undefined;
  return {
    category: 'timeout',
    message: 'the run was cancelled before it answered',
    hint: 'run the gate again',
  };
}

/** What a use case refuses to do is for people to correct; anything else that is thrown is a bug of the kind. */
function faultOf(error: unknown): Fault {
  if (error instanceof SophiaError)
    return { category: 'configuration', message: error.message, hint: error.hint };
  return {
    category: 'protocol',
    message: `the check itself failed: ${messageOf(error)}`,
    hint: 'this is a bug of sophia-actions: please report it with this message',
  };
}
