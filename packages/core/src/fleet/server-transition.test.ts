import { describe, expect, test } from '@jest/globals';

import { testServer } from './fixtures/test-server.ts';
import { defineFleet, freshFleet, isDown, isSettled, transition } from './fleet-machine.ts';
import type { FleetEvent, FleetState } from './fleet-machine.ts';
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

/** A fleet that events are sent to; nothing is played. */
function fleetOf(...servers: Parameters<typeof defineFleet>[0]) {
  const definition = defineFleet(servers, 4);
  let state: FleetState = freshFleet(definition);
  let atMs = 0;
  const send = (event: FleetEvent) => {
    atMs += 1_000;
    const step = transition(state, { ...event, atMs }, definition);
    state = step.state;
    return step.effects;
  };
  const ready = (...names: string[]) => names.flatMap((name) => send({ type: 'ready', name }));
  const of = (name: string) => state.get(name);
  return { send, ready, of, state: () => state };
}

const pair = () => fleetOf(testServer('a'), testServer('b', { needs: ['a'] }));

describe('a fleet', () => {
  test('hears nothing of a server that it does not have', () => {
    const fleet = pair();
    const before = fleet.state();
    expect(fleet.send({ type: 'answered', name: 'nobody' })).toEqual([{ type: 'spawn', name: 'a' }]);
    expect(fleet.state().size).toBe(before.size);
  });

  test('at the deadline gives up what is not well, ends its process, and keeps what it said last', () => {
    const fleet = fleetOf(
      testServer('a'),
      testServer('b'),
      testServer('c'),
      testServer('d', { needs: ['c'] }),
    );
    fleet.send({ type: 'begin' });
    fleet.ready('a');
    fleet.send({ type: 'exited', name: 'b', fault, again: true, jitter: 0 });
    expect(fleet.send({ type: 'deadline', fault: other })).toEqual([
      { type: 'kill', name: 'c', how: 'gently' },
    ]);
    expect(fleet.of('a')).toMatchObject({ state: 'healthy', process: 'running' });
    expect(fleet.of('b')).toMatchObject({ state: 'failed', process: 'none', fault });
    expect(fleet.of('c')).toMatchObject({ state: 'failed', process: 'ending', fault: other });
    expect(fleet.of('d')).toMatchObject({ state: 'failed', process: 'none', fault: other });
    // Settled only when the last process is gone.
    expect(isSettled(fleet.state())).toBe(false);
    fleet.send({ type: 'exited', name: 'c', fault, again: true, jitter: 0 });
    expect([isSettled(fleet.state()), fleet.of('c')?.fault]).toEqual([true, other]);
  });

  test('stops in reverse order, gently, and is down when no process is left', () => {
    const fleet = pair();
    fleet.send({ type: 'begin' });
    fleet.ready('a', 'b');
    expect(fleet.send({ type: 'stop' })).toEqual([{ type: 'kill', name: 'b', how: 'gently' }]);
    expect([fleet.of('b')?.process, fleet.of('a')?.process]).toEqual(['ending', 'running']);
    expect(isDown(fleet.state())).toBe(false);
    expect(fleet.send({ type: 'exited', name: 'b', fault, again: true, jitter: 0 })).toEqual([
      { type: 'kill', name: 'a', how: 'gently' },
    ]);
    expect(fleet.of('a')?.state).toBe('healthy');
    fleet.send({ type: 'exited', name: 'a', fault, again: true, jitter: 0 });
    expect([isDown(fleet.state()), fleet.of('a')?.state, fleet.of('b')?.state]).toEqual([
      true,
      'stopped',
      'stopped',
    ]);
  });

  test('that was never started is down as soon as it is told to stop', () => {
    const fleet = pair();
    expect(isDown(fleet.state())).toBe(false);
    expect(fleet.send({ type: 'stop' })).toEqual([]);
    expect(isDown(fleet.state())).toBe(true);
  });

  test('restarts what it is asked to, at once, and is not settled meanwhile', () => {
    const fleet = pair();
    fleet.send({ type: 'begin' });
    fleet.ready('a', 'b');
    expect(fleet.send({ type: 'restart', names: ['a'] })).toEqual([
      { type: 'kill', name: 'a', how: 'gently' },
    ]);
    expect(isSettled(fleet.state())).toBe(false);
    expect(fleet.of('b')?.wanted).toBe('up');
    expect(fleet.send({ type: 'exited', name: 'a', fault, again: true, jitter: 0 })).toEqual([
      { type: 'spawn', name: 'a' },
    ]);
    expect(fleet.of('b')).toMatchObject({ state: 'degraded', because: 'a' });
    fleet.ready('a');
    expect(fleet.of('b')).toMatchObject({ state: 'healthy', because: null });
  });

  test('gives one that failed another chance, with what it was counted before', () => {
    const fleet = pair();
    fleet.send({ type: 'begin' });
    fleet.send({ type: 'exited', name: 'a', fault, again: false, jitter: 0 });
    expect([fleet.of('a')?.state, fleet.of('b')?.state, fleet.of('b')?.because]).toEqual([
      'failed',
      'blocked',
      'a',
    ]);
    expect(fleet.send({ type: 'restart', names: ['a'] })).toEqual([{ type: 'spawn', name: 'a' }]);
    expect(fleet.of('a')).toMatchObject({ attempts: 2, fault: null });
    expect(fleet.of('b')).toMatchObject({ state: 'pending', because: null });
  });

  test('carries trouble along a chain, and names the nearest cause anew when it changes', () => {
    const fleet = fleetOf(
      testServer('a'),
      testServer('x'),
      testServer('b', { needs: ['a', 'x'] }),
      testServer('c', { needs: ['b'] }),
    );
    fleet.send({ type: 'begin' });
    fleet.ready('a', 'x', 'b', 'c');
    fleet.send({ type: 'exited', name: 'x', fault, again: true, jitter: 0 });
    expect([fleet.of('b')?.because, fleet.of('c')?.because]).toEqual(['x', 'b']);
    fleet.send({ type: 'exited', name: 'a', fault, again: true, jitter: 0 });
    expect(fleet.of('b')?.because).toBe('a');
    fleet.send({ type: 'restart-due', name: 'a' });
    fleet.ready('a');
    expect(fleet.of('b')?.because).toBe('x');
    fleet.send({ type: 'stop' });
    expect(fleet.of('b')?.because).toBe('x');
  });
});
