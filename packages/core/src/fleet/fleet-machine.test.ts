import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { propertyRuns } from '../property-runs.fixture.ts';
import { defineFleet, freshFleet, isDown, isSettled, transition } from './fleet-machine.ts';
import type { FleetDefinition, FleetEvent, FleetState } from './fleet-machine.ts';
import { backoffMs, LONGEST_BACKOFF_MS } from './server-status.ts';
import type { ServerFault, StateName } from './server-status.ts';
import type { ServerEffect } from './server-transition.ts';
import { testServer } from './fixtures/test-server.ts';

const fault: ServerFault = { category: 'server-error', message: 'ended', hint: '' };

/** A machine with processes that are played: each spawn runs until it is told to end. */
class Played {
  state: FleetState;
  readonly running = new Set<string>();
  readonly kills: string[] = [];
  private nowMs = 1_000;
  readonly fleet: FleetDefinition;

  constructor(fleet: FleetDefinition) {
    this.fleet = fleet;
    this.state = freshFleet(fleet);
  }

  send(event: FleetEvent, laterMs = 1_000): readonly ServerEffect[] {
    this.nowMs += laterMs;
    const { state, effects } = transition(this.state, { ...event, atMs: this.nowMs }, this.fleet);
    this.state = state;
    for (const effect of effects) this.play(effect);
    return effects;
  }

  stateOf(name: string): StateName | undefined {
    return this.state.get(name)?.state;
  }

  exit(name: string, again = true): readonly ServerEffect[] {
    if (!this.running.delete(name)) return [];
    return this.send({ type: 'exited', name, fault, again, jitter: 0.5 });
  }

  private play(effect: ServerEffect): void {
    if (effect.type === 'kill') this.kills.push(effect.name);
    if (effect.type !== 'spawn') return;
    if (this.running.has(effect.name)) throw new Error(`${effect.name} runs twice`);
    const needs = this.fleet.byName.get(effect.name)?.needs ?? [];
    const unwell = needs.filter((need) => this.stateOf(need) !== 'healthy');
    if (unwell.length > 0) throw new Error(`${effect.name} starts without ${unwell.join()}`);
    this.running.add(effect.name);
    const starting = [...this.state.values()].filter(({ state }) => state === 'starting').length;
    if (starting > this.fleet.concurrency) throw new Error('more starts at a time than allowed');
  }
}

const chain = () =>
  new Played(
    defineFleet([testServer('a'), testServer('b', { needs: ['a'] }), testServer('c', { needs: ['b'] })], 2),
  );

describe('a fleet', () => {
  test('starts each server when what it needs is healthy', () => {
    const played = chain();
    expect(played.send({ type: 'begin' })).toEqual([{ type: 'spawn', name: 'a' }]);
    expect(played.send({ type: 'ready', name: 'a' })).toEqual([{ type: 'spawn', name: 'b' }]);
    played.send({ type: 'ready', name: 'b' });
    played.send({ type: 'ready', name: 'c' });
    expect(isSettled(played.state)).toBe(true);
    expect([...played.state.values()].map(({ state }) => state)).toEqual(['healthy', 'healthy', 'healthy']);
  });

  test('starts smaller priorities first, as many at a time as are allowed', () => {
    const played = new Played(
      defineFleet([testServer('late', { priority: 9 }), testServer('early', { priority: 1 })], 1),
    );
    expect(played.send({ type: 'begin' })).toEqual([{ type: 'spawn', name: 'early' }]);
    expect(played.send({ type: 'ready', name: 'early' })).toEqual([{ type: 'spawn', name: 'late' }]);
  });

  test('degrades whoever needs a crashed server, and heals it with that server', () => {
    const played = chain();
    played.send({ type: 'begin' });
    for (const name of ['a', 'b', 'c']) played.send({ type: 'ready', name });
    played.exit('a');
    expect(['a', 'b', 'c'].map((name) => played.stateOf(name))).toEqual(['crashed', 'degraded', 'degraded']);
    played.send({ type: 'restart-due', name: 'a' });
    played.send({ type: 'ready', name: 'a' });
    expect(['a', 'b', 'c'].map((name) => played.stateOf(name))).toEqual(['healthy', 'healthy', 'healthy']);
    expect(played.state.get('a')?.recoveriesMs).toEqual([2_000]);
  });

  test('fails a server after more restarts than its limit, and blocks who needs it', () => {
    const played = chain();
    played.send({ type: 'begin' });
    for (let restart = 0; restart < 5; restart += 1) {
      expect(played.exit('a')).toMatchObject([{ type: 'schedule-restart', name: 'a' }]);
      played.send({ type: 'restart-due', name: 'a' });
    }
    expect(played.exit('a')).toEqual([]);
    expect(['a', 'b', 'c'].map((name) => played.stateOf(name))).toEqual(['failed', 'blocked', 'blocked']);
    expect(played.state.get('c')?.because).toBe('b');
    played.send({ type: 'restart', names: ['a'] });
    expect(['a', 'b', 'c'].map((name) => played.stateOf(name))).toEqual(['starting', 'pending', 'pending']);
  });

  test('forgets restarts that are older than the window', () => {
    const played = chain();
    played.send({ type: 'begin' });
    for (let restart = 0; restart < 20; restart += 1) {
      played.exit('a');
      played.send({ type: 'restart-due', name: 'a' }, 60_000);
    }
    expect(played.stateOf('a')).toBe('starting');
  });

  test('kills a server that misses two questions in a row, and forgives one', () => {
    const played = chain();
    played.send({ type: 'begin' });
    played.send({ type: 'ready', name: 'a' });
    played.send({ type: 'unanswered', name: 'a', fault });
    expect(played.stateOf('a')).toBe('degraded');
    played.send({ type: 'answered', name: 'a' });
    expect(played.stateOf('a')).toBe('healthy');
    played.send({ type: 'unanswered', name: 'a', fault });
    expect(played.send({ type: 'unanswered', name: 'a', fault })).toEqual([
      { type: 'kill', name: 'a', how: 'at-once' },
    ]);
  });

  test('stops in reverse order', () => {
    const played = chain();
    played.send({ type: 'begin' });
    for (const name of ['a', 'b', 'c']) played.send({ type: 'ready', name });
    played.send({ type: 'stop' });
    expect(played.kills).toEqual(['c']);
    played.exit('c');
    played.exit('b');
    played.exit('a');
    expect(played.kills).toEqual(['c', 'b', 'a']);
    expect(isDown(played.state)).toBe(true);
  });
});

const names = ['a', 'b', 'c', 'd', 'e'] as const;

/** A fleet without a cycle: each server may need only those before it. */
const anyFleet = fc
  .tuple(...names.map((_, index) => fc.subarray(names.slice(0, index))), fc.integer({ min: 1, max: 3 }))
  .map((drawn) => {
    const concurrency = drawn.at(-1) as number;
    const servers = names.map((name, index) => testServer(name, { needs: drawn[index] as string[] }));
    return defineFleet(servers, concurrency);
  });

const anyName = fc.constantFrom(...names);
const anyAct = fc.oneof(
  fc.record({ act: fc.constant('ready' as const), name: anyName }),
  fc.record({ act: fc.constant('exit' as const), name: anyName, again: fc.boolean() }),
  fc.record({ act: fc.constant('due' as const), name: anyName }),
  fc.record({ act: fc.constant('miss' as const), name: anyName }),
  fc.record({ act: fc.constant('not-ready' as const), name: anyName }),
  fc.record({ act: fc.constant('restart' as const), name: anyName }),
  fc.record({ act: fc.constant('deadline' as const), name: anyName }),
);

function perform(played: Played, act: { act: string; name: string; again?: boolean }): void {
  const { name } = act;
  if (act.act === 'ready' && played.running.has(name)) played.send({ type: 'ready', name });
  if (act.act === 'exit') played.exit(name, act.again);
  if (act.act === 'due') played.send({ type: 'restart-due', name });
  if (act.act === 'miss') played.send({ type: 'unanswered', name, fault });
  if (act.act === 'not-ready') played.send({ type: 'not-ready', name, fault });
  if (act.act === 'restart') played.send({ type: 'restart', names: [name] });
  if (act.act === 'deadline') played.send({ type: 'deadline', fault });
}

describe('whatever happens', () => {
  test('nothing runs twice, nothing starts before its needs, and every stop ends with nothing running', () => {
    fc.assert(
      fc.property(anyFleet, fc.array(anyAct, { maxLength: 60 }), (fleet, acts) => {
        const played = new Played(fleet);
        played.send({ type: 'begin' });
        for (const act of acts) perform(played, act);
        played.send({ type: 'stop' });
        for (let round = 0; round < names.length && played.running.size > 0; round += 1) {
          for (const name of [...played.running]) if (played.kills.includes(name)) played.exit(name);
        }
        expect([...played.running]).toEqual([]);
        expect(isDown(played.state)).toBe(true);
      }),
      { numRuns: propertyRuns(500) },
    );
  });

  test('a fleet whose servers all become ready becomes healthy as a whole', () => {
    fc.assert(
      fc.property(anyFleet, fc.array(anyName, { maxLength: 10 }), (fleet, crashes) => {
        const played = new Played(fleet);
        played.send({ type: 'begin' });
        for (const name of crashes) played.exit(name);
        for (let round = 0; round < 40 && !isSettled(played.state); round += 1) {
          for (const name of names) played.send({ type: 'restart-due', name }, 60_000);
          for (const name of [...played.running]) played.send({ type: 'ready', name });
        }
        expect([...played.state.values()].every(({ state }) => state === 'healthy')).toBe(true);
      }),
    );
  });

  test('the back-off grows, has a limit, and spreads over its upper half', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.double({ min: 0, max: 1, noNaN: true }), (restarts, jitter) => {
        const delay = backoffMs(restarts, jitter);
        const full = Math.min(LONGEST_BACKOFF_MS, 100 * 2 ** restarts);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(full / 2));
        expect(delay).toBeLessThanOrEqual(full);
      }),
    );
  });
});
