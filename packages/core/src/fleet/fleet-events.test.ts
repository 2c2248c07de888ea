import { describe, expect, test } from '@jest/globals';

import { testServer } from './fixtures/test-server.ts';
import { defineFleet, freshFleet, isDown, isSettled, transition } from './fleet-machine.ts';
import type { FleetEvent, FleetState } from './fleet-machine.ts';
import type { ServerFault } from './server-status.ts';

const fault: ServerFault = { category: 'server-error', message: 'ended', hint: '' };
const other: ServerFault = { category: 'timeout', message: 'late', hint: '' };

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
    expect([fleet.of('a')?.state, isDown(fleet.state())]).toEqual(['healthy', false]);
    fleet.send({ type: 'exited', name: 'a', fault, again: true, jitter: 0 });
    expect([isDown(fleet.state()), fleet.of('a')?.state, fleet.of('b')?.state]).toEqual([
      true,
      'stopped',
      'stopped',
    ]);
  });

  test('on its way down says of nobody that it lacks a need', () => {
    const fleet = pair();
    fleet.send({ type: 'begin' });
    fleet.ready('a', 'b');
    fleet.send({ type: 'stop' });
    fleet.send({ type: 'exited', name: 'a', fault, again: true, jitter: 0 });
    expect(fleet.of('b')).toMatchObject({ state: 'healthy', because: null });
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

  test('blocks a whole chain at once, in whatever order it is written, and names the first need that failed', () => {
    const fleet = fleetOf(
      testServer('c', { needs: ['b'] }),
      testServer('b', { needs: ['a', 'x'] }),
      testServer('a'),
      testServer('x'),
    );
    fleet.send({ type: 'begin' });
    fleet.send({ type: 'exited', name: 'x', fault, again: false, jitter: 0 });
    expect([fleet.of('b'), fleet.of('c')]).toMatchObject([
      { state: 'blocked', because: 'x' },
      { state: 'blocked', because: 'b' },
    ]);
    fleet.send({ type: 'exited', name: 'a', fault, again: false, jitter: 0 });
    expect([fleet.of('b')?.because, fleet.of('c')?.because]).toEqual(['a', 'b']);
  });
});
