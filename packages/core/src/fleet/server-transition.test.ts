import { describe, expect, test } from '@jest/globals';

import { freshStatus } from './server-status.ts';
import type { ServerFault, ServerStatus } from './server-status.ts';
import { spawned, transitionServer } from './server-transition.ts';
import type { ServerEvent } from './server-transition.ts';

const fault: ServerFault = { category: 'server-error', message: 'ended', hint: '' };
const other: ServerFault = { category: 'timeout', message: 'late', hint: '' };
const spec = { name: 's', restart: { limit: 2, windowMs: 60_000 } };

const after = (status: ServerStatus, event: ServerEvent, atMs = 5_000) =>
  transitionServer(status, event, { spec, atMs });
const exited = (again = true): ServerEvent => ({ type: 'exited', fault, again, jitter: 0 });
const started = spawned(freshStatus, 1_000);
const up = after(started, { type: 'ready' }, 1_400).status;

describe('one server', () => {
  test('counts its starts, and keeps when the first was', () => {
    expect(started).toMatchObject({
      state: 'starting',
      process: 'running',
      attempts: 1,
      restarts: 0,
      firstSpawnedAtMs: 1_000,
    });
    const again = spawned({ ...started, crashedAtMs: 2_000 }, 3_000);
    expect(again).toMatchObject({
      attempts: 2,
      restarts: 1,
      firstSpawnedAtMs: 1_000,
      spawnedAtMs: 3_000,
      restartTimesMs: [3_000],
    });
  });

  test('is ready once, and says how long that took and how long a recovery', () => {
    expect(up).toMatchObject({ state: 'healthy', readyMs: 400, recoveriesMs: [], crashedAtMs: null });
    const back = after(spawned({ ...up, crashedAtMs: 2_000 }, 2_500), { type: 'ready' }, 3_000).status;
    expect(back).toMatchObject({ readyMs: 500, recoveriesMs: [1_000], crashedAtMs: null });
    expect(after(freshStatus, { type: 'ready' }).status).toBe(freshStatus);
    expect(after({ ...started, spawnedAtMs: null }, { type: 'ready' }).status.readyMs).toBeNull();
  });

  test('that is not ready in time is told to go; a word that comes late changes nothing', () => {
    const late = after(started, { type: 'not-ready', fault: other });
    expect(late).toMatchObject({
      status: { state: 'crashed', process: 'ending', fault: other, crashedAtMs: 5_000 },
      effects: [{ type: 'kill', name: 's', how: 'gently' }],
    });
    expect(after(up, { type: 'not-ready', fault: other })).toEqual({ status: up, effects: [] });
    // Its exit says nothing new, and its recovery counts from the first trouble.
    const gone = after(late.status, exited(), 6_000);
    expect(gone.status).toMatchObject({
      state: 'crashed',
      process: 'none',
      fault: other,
      crashedAtMs: 5_000,
    });
  });

  test('that does not answer is degraded, then killed at once; one that answers again is well', () => {
    const once = after(up, { type: 'unanswered', fault: other });
    expect(once).toMatchObject({
      status: { state: 'degraded', misses: 1, fault: other, because: null },
      effects: [],
    });
    // One that ends by itself meanwhile is told by its end.
    expect(after(once.status, exited()).status).toMatchObject({ state: 'crashed', fault });
    expect(after(once.status, { type: 'answered' }).status).toMatchObject({
      state: 'healthy',
      misses: 0,
      fault: null,
    });
    const twice = after(once.status, { type: 'unanswered', fault: other });
    expect(twice).toMatchObject({
      status: { state: 'crashed', misses: 2 },
      effects: [{ type: 'kill', name: 's', how: 'at-once' }],
    });
    expect(after(up, { type: 'answered' }).status).toBe(up);
    expect(after(started, { type: 'unanswered', fault: other })).toEqual({ status: started, effects: [] });
    const killed = { ...twice.status };
    expect(after(killed, { type: 'answered' }).status).toBe(killed);
  });

  test('that crashed is started again when it is due, and not before its process is gone', () => {
    const crashed = after(up, exited());
    expect(crashed.effects).toEqual([{ type: 'schedule-restart', name: 's', delayMs: 50 }]);
    expect(after(crashed.status, { type: 'restart-due' }).status.state).toBe('pending');
    const ending = { ...crashed.status, process: 'ending' as const };
    expect(after(ending, { type: 'restart-due' }).status).toBe(ending);
    expect(after(up, { type: 'restart-due' }).status).toBe(up);
    const given = { ...crashed.status, state: 'failed' as const };
    expect(after(given, { type: 'restart-due' }).status).toBe(given);
  });

  test('that was restarted too often within its window is failed, with its last words and the count', () => {
    const often = { ...up, restartTimesMs: [1_000, 50_000] };
    expect(after(often, exited(), 60_000)).toMatchObject({
      status: {
        state: 'failed',
        fault: { message: 'ended (restarted 2 times within 1m00s)', category: 'server-error' },
      },
      effects: [],
    });
    // One of them is just out of the window.
    const later = after(often, exited(), 61_000);
    expect(later.status).toMatchObject({ state: 'crashed', restartTimesMs: [50_000] });
    expect(later.effects).toEqual([{ type: 'schedule-restart', name: 's', delayMs: 100 }]);
  });

  test('for which another start would change nothing is failed at once', () => {
    expect(after(started, exited(false))).toMatchObject({
      status: { state: 'failed', process: 'none', fault },
      effects: [],
    });
  });

  test('that was told to go is stopped; one that is to come back is pending with a clean record', () => {
    expect(after({ ...up, wanted: 'down', because: 'x' }, exited()).status).toMatchObject({
      state: 'stopped',
      process: 'none',
      because: null,
    });
    const again = {
      ...up,
      wanted: 'again' as const,
      restartTimesMs: [1, 2],
      crashedAtMs: 3,
      fault,
      because: 'x',
    };
    expect(after(again, exited())).toMatchObject({
      status: {
        state: 'pending',
        wanted: 'up',
        restartTimesMs: [],
        crashedAtMs: null,
        fault: null,
        because: null,
      },
      effects: [],
    });
    const failed = { ...up, state: 'failed' as const, process: 'ending' as const, fault: other };
    expect(after(failed, exited())).toEqual({ status: { ...failed, process: 'none' }, effects: [] });
  });
});
