import type { ServerSnapshot } from '@sophia/core/fleet/fleet-snapshot';
import type { StateName } from '@sophia/core/fleet/server-status';

import type { Clock } from '../ports/clock.ts';
import type { Progress, RowState } from '../ports/progress.ts';

const STATES: Readonly<Record<StateName, RowState>> = {
  pending: 'waiting',
  starting: 'running',
  healthy: 'success',
  degraded: 'warning',
  crashed: 'warning',
  failed: 'failure',
  blocked: 'skipped',
  stopped: 'stopped',
};

/** States that the row's own word tells. */
const TOLD: readonly StateName[] = ['healthy', 'starting', 'pending', 'stopped'];

const LOOK_EVERY_MS = 200;

/** When looking ends. */
export interface Until {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Shows the servers as they are now. */
function showServers(progress: Progress, servers: readonly ServerSnapshot[]): void {
  for (const server of servers) {
    const { name, state, port, attempts, fault, because, handshake, critical } = server;
    const words = [
      ...(TOLD.includes(state) ? [] : [state]),
      ...(port === null ? [] : [`port ${port}`]),
      ...(attempts > 1 ? [`attempt ${attempts}`] : []),
      ...(handshake === null ? [] : [counted(handshake.tools.length)]),
      ...(because === null ? [] : [`because of ${because}`]),
      ...(fault === null || state === 'healthy' || state === 'stopped' ? [] : [fault.message]),
    ];
    const row = state === 'failed' && !critical ? 'warning' : STATES[state];
    progress.update(name, { state: row, text: words.join(', ') });
  }
}

const counted = (tools: number) => `${tools} ${tools === 1 ? 'tool' : 'tools'}`;

/**
 * Looks at a fleet again and again, until the signal is aborted, and shows what it sees.
 *
 * @param look the servers as they are, or undefined where nobody answers
 */
export async function followServers(
  progress: Progress,
  look: () => Promise<readonly ServerSnapshot[] | undefined>,
  until: Until,
): Promise<void> {
  let names = '';
  const { clock, signal } = until;
  while (!signal.aborted) {
    const servers = (await look()) ?? [];
    const now = servers.map(({ name }) => name);
    if (names !== now.join('\n') && now.length > 0) progress.begin(now);
    names = now.join('\n') || names;
    if (!signal.aborted) showServers(progress, servers);
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}
