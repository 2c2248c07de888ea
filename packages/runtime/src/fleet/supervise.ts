import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { SOCKET_NAME } from './control-protocol.ts';
import { openControlSocket } from './control-socket.ts';
import { appendEvent } from './event-log.ts';
import type { FleetOrder } from './fleet-order.ts';
import { findFamily } from './proc/family.ts';
import { signalProcess } from './proc/process-table.ts';
import { Supervisor } from './supervisor.ts';
import { watchOwner } from './watch-owner.ts';

/** `setTimeout` takes no more (2^31 - 1 ms, nodejs.org/api/timers.html). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The supervisor, as a process of its own: reads its order from stdin, starts the fleet, keeps it, and ends with it.
 * It never returns.
 */
export async function supervise(stateDirectory: string): Promise<never> {
  const order = JSON.parse(await text(process.stdin)) as FleetOrder;
  process.title = 'sophia fleet supervisor';
  const supervisor = new Supervisor(stateDirectory, order);
  let isEnding = false;
  const end = (reason: string) => {
    if (isEnding) return;
    isEnding = true;
    note(stateDirectory, reason);
    void supervisor.stop().then(() => leave(stateDirectory, order.fleetId));
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.on('SIGHUP', () => undefined);
  watchOwner(order.owner, () => end('the job is over'));
  setTimeout(() => end('its lifetime is over'), Math.min(order.maxLifetimeMs, LONGEST_TIMER_MS));
  rmSync(join(stateDirectory, SOCKET_NAME), { force: true });
  await openControlSocket(supervisor, () => leave(stateDirectory, order.fleetId));
  supervisor.begin();
  return await new Promise<never>(() => undefined);
}

function note(stateDirectory: string, reason: string): void {
  appendEvent(join(stateDirectory, 'events.jsonl'), {
    time: new Date().toISOString(),
    event: 'ending',
    reason,
  });
}

/** Sweeps once more over everything with the fleet's mark, and takes its folder along. */
function leave(stateDirectory: string, fleetId: string): never {
  for (const { pid } of findFamily({ fleetId })) signalProcess(pid, 'SIGKILL');
  rmSync(stateDirectory, { recursive: true, force: true });
  process.exit(0);
}
