import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Category, ReportItem } from '../report/envelope.ts';
import { reportItem } from '../report/judge.ts';
import { foldItems, hasOwnFailure } from './fold.ts';
import type { Relations } from './fold.ts';
import { scoreOf } from './score.ts';

const good = (name: string) => reportItem({ name, kind: 'http' });
const bad = (name: string, category: Category = 'refused', kind = 'http') =>
  reportItem({ name, kind, status: 'failure', category, message: `${name} is down` });
const relate = (relations: Record<string, readonly string[]>, host?: string): Relations =>
  new Map(Object.entries(relations).map(([name, needs]) => [name, { needs, host }]));
const roots = (items: readonly ReportItem[]) =>
  Object.fromEntries(items.map(({ name, foldedUnder }) => [name, foldedUnder]));

describe('folding', () => {
  test('a failed need folds a check, and says what the check found itself', () => {
    const folded = foldItems([bad('network', 'dns'), bad('api')], relate({ network: [], api: ['network'] }));
    expect(folded[1]).toMatchObject({
      status: 'skipped',
      foldedUnder: 'network',
      hint: 'see to network first',
      details: { own: { status: 'failure', category: 'refused', message: 'api is down' } },
    });
    expect(hasOwnFailure(folded[1]!)).toBe(true);
  });

  test('a chain of needs ends at its first cause', () => {
    const items = [good('d'), bad('c'), good('b'), bad('a')];
    const relations = relate({ a: [], b: ['a'], c: ['b'], d: ['c'] });
    const folded = foldItems(items, relations);
    expect(roots(folded)).toEqual({ a: null, b: 'a', c: 'a', d: 'a' });
    expect(folded.map(({ message }) => message)).toEqual([
      'not counted: it needs a, which failed',
      'c is down',
      'not counted: it needs a, which failed',
      'a is down',
    ]);
  });

  test('a need that holds folds nothing, and one that was not chosen is no cause', () => {
    expect(roots(foldItems([good('a'), bad('b')], relate({ a: [], b: ['a', 'elsewhere'] })))).toEqual({
      a: null,
      b: null,
    });
  });

  test('a name that does not resolve explains the failed checks on that host, a dns check before others', () => {
    const items = [
      bad('login', 'dns'),
      bad('lookup', 'dns', 'dns'),
      bad('key', 'unauthorized'),
      good('fine'),
    ];
    const relations = relate({ login: [], lookup: [], key: [], fine: [] }, 'api.example.com');
    expect(roots(foldItems(items, relations))).toEqual({
      login: 'lookup',
      lookup: null,
      key: null,
      fine: null,
    });
  });

  test('only a failed lookup explains others, wherever it is written', () => {
    const relations = relate({ slow: [], login: [], lookup: [] }, 'api.example.com');
    const slow = bad('slow', 'timeout');
    expect(roots(foldItems([slow, bad('login', 'dns')], relations))).toEqual({ slow: 'login', login: null });
    const lookup = bad('lookup', 'dns', 'dns');
    expect(roots(foldItems([lookup, bad('login', 'dns')], relations))).toEqual({
      lookup: null,
      login: 'lookup',
    });
  });

  test('a warning on a host without an address is no failure, so nothing explains it', () => {
    const wary: ReportItem = { ...bad('wary', 'timeout'), status: 'warning' };
    const relations = relate({ lookup: [], wary: [] }, 'api.example.com');
    expect(roots(foldItems([bad('lookup', 'dns'), wary], relations))).toEqual({ lookup: null, wary: null });
  });

  test('where two explain each other, one of them stays', () => {
    const lookup = bad('lookup', 'dns', 'dns');
    const relations = relate({ lookup: ['a'], a: [] }, 'api.example.com');
    expect(roots(foldItems([lookup, bad('a')], relations))).toEqual({ lookup: null, a: 'lookup' });
    expect(roots(foldItems([bad('a'), lookup], relations))).toEqual({ lookup: 'a', a: null });
  });

  test('checks of which nothing more is known explain nothing', () => {
    expect(roots(foldItems([bad('a', 'dns'), bad('b', 'dns')], new Map()))).toEqual({ a: null, b: null });
  });

  test.each([{ status: 'failure' }, null, 'failure'])(
    'details that are called `own` (%j) say nothing of a check that is not folded',
    (own) => {
      expect(hasOwnFailure({ ...good('a'), details: { own } })).toBe(false);
    },
  );

  test.each([null, 'failure', {}])('a folded check whose finding is %j did not fail itself', (own) => {
    expect(hasOwnFailure({ ...good('a'), status: 'skipped', foldedUnder: 'b', details: { own } })).toBe(
      false,
    );
  });

  test('two failed lookups of different hosts stay two causes', () => {
    const items = [bad('a', 'dns'), bad('b', 'dns')];
    const relations: Relations = new Map([
      ['a', { needs: [], host: 'a.example' }],
      ['b', { needs: [], host: 'b.example' }],
    ]);
    expect(roots(foldItems(items, relations))).toEqual({ a: null, b: null });
  });

  const graph = fc
    .array(
      fc.record({ failed: fc.boolean(), needs: fc.array(fc.nat(9), { maxLength: 3 }), host: fc.nat(2) }),
      { maxLength: 10 },
    )
    .map((nodes) => {
      const items = nodes.map(({ failed, host }, index) =>
        failed ? bad(`n${index}`, host === 0 ? 'dns' : 'timeout') : good(`n${index}`),
      );
      const relations: Relations = new Map(
        // Needs point back only, so there is no cycle.
        nodes.map(({ needs, host }, index) => [
          `n${index}`,
          { needs: needs.filter((need) => need < index).map((need) => `n${need}`), host: `h${host}` },
        ]),
      );
      return { items, relations };
    });

  test('every folded check points at one that failed itself and is not folded', () => {
    fc.assert(
      fc.property(graph, ({ items, relations }) => {
        const folded = foldItems(items, relations);
        const byName = new Map(folded.map((item) => [item.name, item]));
        for (const { foldedUnder } of folded) {
          if (foldedUnder !== null)
            expect(byName.get(foldedUnder)).toMatchObject({ status: 'failure', foldedUnder: null });
        }
        expect(folded.map(({ name }) => name)).toEqual(items.map(({ name }) => name));
      }),
    );
  });

  test('folding hides no failure: something still fails where something failed, and no score rises', () => {
    fc.assert(
      fc.property(graph, ({ items, relations }) => {
        const folded = foldItems(items, relations);
        const failing = (list: readonly ReportItem[]) => list.some(({ status }) => status === 'failure');
        expect(failing(folded)).toBe(failing(items));
        expect(folded.map(hasOwnFailure)).toEqual(items.map(hasOwnFailure));
        expect(scoreOf(folded, new Map())).toBeLessThanOrEqual(scoreOf(items, new Map()));
      }),
    );
  });
});
