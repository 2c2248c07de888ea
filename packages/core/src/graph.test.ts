import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { danglingNeeds, findCycle, wavesOf } from './graph.ts';

const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

/** Graphs without a cycle: each name needs only names before it. */
const acyclic = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 30 })
  .map(
    (rows) => new Map(rows.map((picks, i) => [`n${i}`, i === 0 ? [] : picks.map((pick) => `n${pick % i}`)])),
  );

describe('cycles', () => {
  test('are named by their members, without those who only lead to them', () => {
    expect(findCycle(graph({ a: ['b'], b: ['c'], c: ['b'] }))).toEqual(['b', 'c']);
    expect(findCycle(graph({ a: ['a'] }))).toEqual(['a']);
    expect(findCycle(graph({ a: ['b'], b: [] }))).toBeUndefined();
    expect(findCycle(graph({ free: [], a: ['b'], b: ['a'] }))).toEqual(['a', 'b']);
    expect(findCycle(graph({ a: ['nobody'] }))).toBeUndefined();
  });

  test('there is none in a graph whose names need only earlier ones, and closing it makes one', () => {
    fc.assert(
      fc.property(acyclic, (needs) => {
        expect(findCycle(needs)).toBeUndefined();
        if (needs.size < 2) return;
        const last = `n${needs.size - 1}`;
        const closed = new Map(needs).set('n0', [last]).set(last, ['n0']);
        expect(findCycle(closed)).toBeDefined();
      }),
    );
  });
});

/** Rungs of two names that each need both of the rung before: 2^60 ways through it. */
const ladder = new Map(
  Array.from({ length: 60 }, (_, rung) => rung).flatMap((rung) => {
    const below = rung === 0 ? [] : [`a${rung - 1}`, `b${rung - 1}`];
    return [
      [`a${rung}`, below],
      [`b${rung}`, below],
    ] as const;
  }),
);

test('no name is looked at once for each way to it', () => {
  expect(findCycle(ladder)).toBeUndefined();
  expect(wavesOf(ladder)).toHaveLength(60);
});

test('waves begin with who needs nobody, and a name goes into the first that it can', () => {
  const needs = graph({ late: ['mid', 'first'], first: [], mid: ['first'], other: [] });
  expect(wavesOf(needs)).toEqual([['first', 'other'], ['mid'], ['late']]);
});

test('needs that name nobody are told', () => {
  expect(danglingNeeds(graph({ a: ['b', 'x'], b: [] }))).toEqual([['a', 'x']]);
});

test('every name stands in exactly one wave, after all that it needs', () => {
  fc.assert(
    fc.property(acyclic, (needs) => {
      const waves = wavesOf(needs);
      expect(waves.flat().sort()).toEqual([...needs.keys()].sort());
      const level = new Map(waves.flatMap((wave, i) => wave.map((name) => [name, i] as const)));
      for (const [name, list] of needs) {
        for (const need of list) expect(level.get(need)!).toBeLessThan(level.get(name)!);
      }
    }),
  );
});
