import { describe, expect, test } from '@jest/globals';

import { judgeItems } from '../report/judge.ts';
import { fleetItems, fleetWarnings } from './fleet-items.ts';
import type { ServerSnapshot } from './fleet-snapshot.ts';

const snapshot = (name: string, own: Partial<ServerSnapshot> = {}): ServerSnapshot => ({
  name,
  critical: true,
  needs: [],
  port: 9000,
  url: 'http://127.0.0.1:9000/mcp',
  state: 'healthy',
  because: null,
  fault: null,
  pid: 1,
  attempts: 1,
  restarts: 0,
  firstSpawnedAtMs: 0,
  readyMs: 100,
  failedAtMs: null,
  recoveriesMs: [],
  handshake: null,
  undeclaredPorts: [],
  publicPorts: [],
  ownershipProven: true,
  lostLogBytes: 0,
  tail: [],
  ...own,
});
const fault = { category: 'server-error', message: 'ended', hint: 'look' } as const;

describe('the items of a fleet', () => {
  test('one that is blocked is skipped and folded under the need that failed', () => {
    const items = fleetItems(
      [
        snapshot('memory', { state: 'failed', fault }),
        snapshot('agent', { state: 'blocked', because: 'memory', needs: ['memory'] }),
      ],
      'running',
    );
    expect(items).toMatchObject([
      {
        status: 'failure',
        category: 'server-error',
        message: 'ended',
        hint: 'look',
        details: { state: 'failed' },
      },
      { status: 'skipped', foldedUnder: 'memory', details: { state: 'blocked' } },
    ]);
    expect(judgeItems(items)).toBe('failure');
  });

  test('what is not critical only warns, unless a critical one needs it', () => {
    const failed = snapshot('memory', { state: 'failed', fault, critical: false });
    expect(judgeItems(fleetItems([failed, snapshot('other')], 'running'))).toBe('warning');
    const blocked = snapshot('agent', { state: 'blocked', because: 'memory', needs: ['memory'] });
    expect(judgeItems(fleetItems([failed, blocked], 'running'))).toBe('failure');
  });

  test('stopped is well where that was wanted, and a failure where it was not', () => {
    const stopped = [snapshot('memory', { state: 'stopped' })];
    expect(judgeItems(fleetItems(stopped, 'stopped'))).toBe('success');
    expect(judgeItems(fleetItems(stopped, 'running'))).toBe('failure');
  });

  test('ports that others reach, or that nobody gave, are told', () => {
    expect(
      fleetWarnings([snapshot('web', { undeclaredPorts: [9464], publicPorts: [9000] }), snapshot('fine')]),
    ).toEqual([
      { name: 'web', message: 'listens on ports that nobody gave it: 9464' },
      { name: 'web', message: 'can be reached from other machines on port 9000: bind it to 127.0.0.1' },
    ]);
  });

  test('one that is well says its era, its recoveries and its ports', () => {
    const handshake = {
      era: 'modern',
      protocolVersion: '2026-07-28',
      server: 'web 1',
      tools: ['a'],
    } as const;
    const own = { handshake, restarts: 3, recoveriesMs: [900, 300, 400], undeclaredPorts: [9464] };
    expect(fleetItems([snapshot('web', own)], 'running')[0]).toMatchObject({
      message:
        'healthy in 100 ms, MCP 2026-07-28 (stateless), 1 tool, restarted 3 times (well again in 400 ms, at most 900 ms), listens on ports that nobody gave it: 9464',
      details: { recoveryMs: { median: 400, max: 900 } },
    });
  });

  test('one that failed took the time until it was given up', () => {
    const own = {
      state: 'failed',
      fault,
      readyMs: null,
      firstSpawnedAtMs: 1_000,
      failedAtMs: 11_500,
    } as const;
    expect(fleetItems([snapshot('web', own)], 'running')[0]?.durationMs).toBe(10_500);
  });
});
