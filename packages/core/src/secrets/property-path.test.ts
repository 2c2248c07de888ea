import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatPropertyPath, lookUp, parsePropertyPath } from './property-path.ts';

describe('parsePropertyPath', () => {
  test.each([
    ['a', ['a']],
    ['a.b[0]["c.d"]', ['a', 'b', 0, 'c.d']],
    ['["a b"].c', ['a b', 'c']],
    ['with-hyphen.0', ['with-hyphen', '0']],
    ['a["say \\"x\\" \\\\"]', ['a', 'say "x" \\']],
    ['a[0][12]', ['a', 0, 12]],
  ])('%s', (text, path) => {
    expect(parsePropertyPath(text)).toEqual(path);
    expect(formatPropertyPath(path)).toBe(text);
  });

  test.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a[',
    'a[]',
    'a[-1]',
    'a[01]',
    '[0]',
    'a["b',
    'a[""]',
    'a[b]',
    'a b',
    'a"b',
    'a[0]b',
  ])('%j is none', (text) => expect(parsePropertyPath(text)).toBeUndefined());

  test('reads what formatPropertyPath writes', () => {
    const step = fc.string({ minLength: 1 });
    const path = fc
      .tuple(step, fc.array(fc.oneof(step, fc.nat(999))))
      .map(([first, rest]) => [first, ...rest]);
    fc.assert(
      fc.property(path, (steps) => expect(parsePropertyPath(formatPropertyPath(steps))).toEqual(steps)),
    );
  });
});

describe('lookUp', () => {
  const properties = {
    a: { value: { list: { value: [{ value: 'x' }, { value: 'y', secret: true }] } } },
    hidden: { secret: true, value: { inner: { value: 'z' } } },
    lost: { unknown: true, secret: true },
    plain: { value: 'text' },
  };

  test.each([
    ['a.list[1]', { value: 'y', secret: true }],
    ['a.list[2]', undefined],
    ['a.list.length', undefined],
    ['a.constructor', undefined],
    ['plain.x', undefined],
    ['hidden.inner', { value: 'z', secret: true }],
    ['lost.deep', { unknown: true, secret: true }],
  ])('%s', (text, value) => {
    expect(lookUp(properties, parsePropertyPath(text) ?? [])).toEqual(value);
  });
});
