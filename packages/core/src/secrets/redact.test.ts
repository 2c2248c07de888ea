import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { propertyRuns } from '../property-runs.fixture.ts';
import { createRedactor, createStreamRedactor } from './redact.ts';

/** The definition, without any cleverness: every position that a mask covers, stretches joined by overlap. */
function redactSlowly(masks: readonly string[], text: string): string {
  const matches = masks.filter((mask) => mask !== '').flatMap((mask) => occurrences(mask, text));
  matches.sort((left, right) => left.start - right.start || right.end - left.end);
  const stretches: { start: number; end: number }[] = [];
  for (const match of matches) {
    const last = stretches.at(-1);
    if (last !== undefined && match.start < last.end) last.end = Math.max(last.end, match.end);
    else stretches.push({ ...match });
  }
  const pieces = stretches.map(({ start }, index) => text.slice(stretches[index - 1]?.end ?? 0, start));
  return [...pieces, text.slice(stretches.at(-1)?.end ?? 0)].join('***');
}

function occurrences(mask: string, text: string): { start: number; end: number }[] {
  return Array.from(text, (_, index) => index)
    .filter((start) => text.startsWith(mask, start))
    .map((start) => ({ start, end: start + mask.length }));
}

const letters = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength });
const mask = fc.oneof(
  letters(6),
  letters(4).map((end) => 'ab'.repeat(18) + end),
);
const masks = fc.array(mask, { maxLength: 8 });
const text = fc
  .array(
    fc.oneof(
      letters(6),
      letters(4).map((end) => 'ab'.repeat(18) + end),
      fc.constant('-'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('createRedactor', () => {
  test('covers exactly what the definition covers', () => {
    fc.assert(
      fc.property(masks, text, (list, whole) => {
        expect(createRedactor(list)(whole)).toBe(redactSlowly(list, whole));
      }),
      { numRuns: propertyRuns(3_000) },
    );
  });

  test('no mask of visible characters is left in what it shows', () => {
    const secret = fc.string({ minLength: 4, maxLength: 40 }).filter((value) => !value.includes('*'));
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 5 }),
        fc.array(fc.string()),
        (secrets, noise) => {
          const whole = secrets.map((value, index) => (noise[index] ?? '') + value).join('') + noise.join('');
          const shown = createRedactor(secrets)(whole);
          // `***` may stand between two pieces of text that make a mask together; that was no secret before.
          for (const value of secrets)
            expect(shown.split('***').some((piece) => piece.includes(value))).toBe(false);
        },
      ),
    );
  });

  test.each([
    [['secret'], 'a secret here', 'a *** here'],
    [['secret', 'secretary'], 'secretary', '***'],
    [['abcdef', 'defghi'], 'xabcdefghix', 'x***x'],
    [['aa'], 'aaaa', '***'],
    [['a.b', '(', '[x]'], 'a.b axb ( [x]', '*** axb *** ***'],
    [['𐀀𐀁'], '<𐀀𐀁>', '<***>'],
    [[''], 'text', 'text'],
    [[], 'text', 'text'],
  ])('%j in %j', (list, whole, shown) => {
    expect(createRedactor(list)(whole)).toBe(shown);
  });

  test('masks of thousands of characters that overlap and repeat', () => {
    const long = ['ab'.repeat(1500), `${'ba'.repeat(1200)}x`, `c${'ab'.repeat(1100)}`, 'short-one'];
    const whole = `c${'ab'.repeat(1600)}x-short-one-${'ba'.repeat(1300)}x${'ab'.repeat(1499)}a`;
    expect(createRedactor(long)(whole)).toBe(redactSlowly(long, whole));
    const redactor = createStreamRedactor(long);
    const shown = whole.match(/.{1,777}/g)?.map((chunk) => redactor.push(chunk)) ?? [];
    expect(shown.join('') + redactor.end()).toBe(redactSlowly(long, whole));
  });
});

describe('createStreamRedactor', () => {
  const chunks = (whole: string, cuts: readonly number[]) => {
    const positions = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
    return [0, ...positions].map((start, index) => whole.slice(start, positions[index] ?? whole.length));
  };

  test('shows in the end what the whole text would have shown', () => {
    fc.assert(
      fc.property(masks, text, fc.array(fc.nat(), { maxLength: 8 }), (list, whole, cuts) => {
        const redactor = createStreamRedactor(list);
        const shown = chunks(whole, cuts).map((chunk) => redactor.push(chunk));
        expect(shown.join('') + redactor.end()).toBe(createRedactor(list)(whole));
      }),
      { numRuns: propertyRuns(3_000) },
    );
  });

  test('at no moment has it shown a piece of a secret, even one character at a time', () => {
    fc.assert(
      fc.property(letters(20), letters(20), (before, after) => {
        const secret = 'XYZXYXYZ';
        const redactor = createStreamRedactor([secret]);
        const shown = [...(before + secret + after)].map((character) => redactor.push(character)).join('');
        expect(shown + redactor.end()).toBe(`${before}***${after}`);
        expect(shown).not.toMatch(/[XYZ]/);
      }),
    );
  });

  test('a mask of thousands of characters that ends with a chunk may go on in the next', () => {
    const redactor = createStreamRedactor(['ab'.repeat(1_500)]);
    expect(redactor.push(`<${'ab'.repeat(1_500)}`)).toBe('<');
    expect(redactor.push('ab>')).toBe('***>');
    expect(redactor.end()).toBe('');
  });

  test('text that cannot be part of a mask is shown at once', () => {
    const redactor = createStreamRedactor(['secret']);
    expect(redactor.push('plain line\n')).toBe('plain line\n');
    expect(redactor.push('almost secre')).toBe('almost ');
    expect(redactor.push('d\n')).toBe('secred\n');
    expect(redactor.end()).toBe('');
  });
});
