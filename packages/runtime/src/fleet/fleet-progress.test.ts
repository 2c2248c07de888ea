import type { ServerSnapshot } from '@sophia/core/fleet/fleet-snapshot';
import { expect, test } from '@jest/globals';

import type { RowUpdate } from '../ports/progress.ts';
import { followServers } from './fleet-progress.ts';

const fault = { category: 'server-error', message: 'ended with exit code 1', hint: '' } as const;

const snapshot = (name: string, own: Partial<ServerSnapshot>): ServerSnapshot => ({
  ...{ name, critical: true, needs: [], port: 9000, url: '', state: 'healthy', because: null, fault: null },
  ...{ pid: 1, attempts: 1, restarts: 0, firstSpawnedAtMs: 0, readyMs: 100, failedAtMs: null, tail: [] },
  ...{ recoveriesMs: [], handshake: null, undeclaredPorts: [], publicPorts: [], ownershipProven: true },
  lostLogBytes: 0,
  ...own,
});

const handshake = { era: 'legacy', protocolVersion: '2025-11-25', server: 'x 1', tools: ['a', 'b'] } as const;

test('each look at a fleet is a picture: state, attempts, tools, and whose fault it is', async () => {
  const looks = [
    undefined,
    [
      snapshot('memory', { state: 'starting' }),
      snapshot('agent', { state: 'pending', port: null, attempts: 0 }),
    ],
    [
      snapshot('memory', { handshake, attempts: 2 }),
      snapshot('agent', { state: 'degraded', because: 'memory', port: null }),
      snapshot('spare', { state: 'failed', fault, critical: false, attempts: 3 }),
      snapshot('needy', { state: 'blocked', because: 'spare' }),
    ],
  ];
  const drawn: string[] = [];
  const ended = new AbortController();
  const progress = {
    begin: (names: readonly string[]) => drawn.push(`rows ${names.join(' ')}`),
    update: (name: string, { state, text = '' }: RowUpdate) => drawn.push(`${name} ${state} ${text}`.trim()),
    say: () => undefined,
    allow: () => undefined,
  };
  const clock = {
    ...{ nowMs: () => 0, monotonicMs: () => 0 },
    sleep: async () => (looks.length === 0 ? ended.abort() : undefined),
  };
  await followServers(progress, async () => looks.shift(), { clock, signal: ended.signal });
  expect(drawn).toEqual([
    ...['rows memory agent', 'memory running port 9000', 'agent waiting'],
    'rows memory agent spare needy',
    'memory success port 9000, attempt 2, 2 tools',
    'agent warning degraded, because of memory',
    'spare warning failed, port 9000, attempt 3, ended with exit code 1',
    'needy skipped blocked, port 9000, because of spare',
  ]);
});
