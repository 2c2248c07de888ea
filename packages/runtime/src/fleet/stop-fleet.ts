import { SophiaError } from '@sophia/core/errors';
import { fleetItems } from '@sophia/core/fleet/fleet-items';

import { askFleet } from './ask-fleet.ts';
import { askSupervisor } from './control-socket.ts';
import type { FleetRequest, FleetResult } from './fleet-request.ts';
import { reap } from './reap.ts';

/** The longest that a stop may take, before the supervisor itself is taken to hang: chains of slow servers included. */
const STOP_LIMIT_MS = 50_000;

/** @returns what was found of a fleet whose supervisor was killed, for people. */
export const lostSupervisor = (count: number): string =>
  `an earlier fleet had lost its supervisor: ${count} ${count === 1 ? 'process of it was' : 'processes of it were'} ended`;

/** Stops what runs in a folder, and proves it; whoever calls holds the lock of the fleet. */
export async function stopIn(stateDirectory: string, onLine: FleetRequest['onLine']): Promise<FleetResult> {
  const signal = AbortSignal.timeout(STOP_LIMIT_MS);
  const answered = (await askFleet(stateDirectory)) !== undefined;
  const last = answered
    ? await askSupervisor({ stateDirectory, request: { ask: 'stop' }, onLine, signal }).catch(() => undefined)
    : undefined;
  const { ended, left } = await reap(stateDirectory);
  if (left.length > 0) {
    throw new SophiaError('state', {
      message: `processes of the fleet are still there after SIGKILL: ${left.join(', ')}`,
      hint: 'they hang in the kernel, often on a broken file system: the machine must be restarted',
    });
  }
  const items = fleetItems(last?.servers ?? [], 'stopped');
  const warnings =
    last === undefined && ended.length > 0 ? [{ name: 'fleet', message: lostSupervisor(ended.length) }] : [];
  return { status: 'success', running: false, items, warnings, stateDirectory };
}
