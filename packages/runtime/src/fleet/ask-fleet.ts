import { SophiaError } from '@sophia/core/errors';
import type { FleetSnapshot } from '@sophia/core/fleet/fleet-snapshot';

import type { Session } from '../host/session.ts';
import { askSupervisor } from './control-socket.ts';
import type { FleetRequest } from './fleet-request.ts';

/** A supervisor that says nothing for so long hangs. */
const ANSWER_TIMEOUT_MS = 5_000;

/** @returns the running fleet; undefined where there is none, or its supervisor says nothing */
export async function askFleet(stateDirectory: string): Promise<FleetSnapshot | undefined> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  return await askSupervisor({ stateDirectory, request: { ask: 'status' }, signal }).catch(() => undefined);
}

/**
 * Waits until nothing more happens in the fleet by itself.
 *
 * @param restarted these are stopped and started again first
 * @throws SophiaError `state` where the supervisor is gone; `cancelled` where a signal cut it short: then the fleet was
 *   told to stop
 */
export async function settleFleet(
  { session, signal, onLine }: FleetRequest,
  stateDirectory: string,
  restarted?: readonly string[],
): Promise<FleetSnapshot> {
  const whole = signal === undefined ? session.host.signal : AbortSignal.any([signal, session.host.signal]);
  const question =
    restarted === undefined ? ({ ask: 'settle' } as const) : ({ ask: 'restart', names: restarted } as const);
  try {
    const snapshot = await askSupervisor({ stateDirectory, request: question, onLine, signal: whole });
    if (snapshot !== undefined) return snapshot;
  } catch (error) {
    if (whole.aborted) await stopAfterCancel(session, stateDirectory);
    throw error;
  }
  throw new SophiaError('state', {
    message: 'the supervisor of the fleet is gone',
    hint: 'start the fleet again: it first removes what the old one left behind',
  });
}

/** A cancelled step has 7 s: in a job the post step waits for the end, at a terminal nobody else would. */
const CANCEL_WAIT_MS = { actions: 2_000, terminal: 15_000 } as const;

async function stopAfterCancel({ host }: Session, stateDirectory: string): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_WAIT_MS[host.kind]);
  await askSupervisor({ stateDirectory, request: { ask: 'stop' }, signal }).catch(() => undefined);
}
