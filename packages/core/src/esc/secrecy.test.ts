import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluateEnvironment } from './evaluate-environment.ts';
import { environmentVariables } from './projections.ts';
import { redacted, revealed } from './plain-json.ts';

/**
 * Secrets consist of characters that occur nowhere else, so any piece of one, even a single character, shows
 * that it leaked; as does the escape that fn::toString makes of it, and its base64 form.
 */
const SECRET = '\ue001\ue002\ue003';
const LEAK = new RegExp(`[\\ue000-\\uf8ff]|\\\\+u?e00[0-9]|${base64Pieces(SECRET).join('|')}`, 'i');

function base64Pieces(text: string): readonly string[] {
  const encode = (shift: string) => Buffer.from(shift + text).toString('base64');
  const trim = (encoded: string, skip: number) => encoded.slice(skip, skip + 8).replaceAll('+', '\\+');
  return [trim(encode(''), 0), trim(encode('x'), 4), trim(encode('xx'), 4)];
}

const KEYS = ['a', 'b', 'c', 'd', 'environmentVariables'] as const;
const key = fc.constantFrom(...KEYS);
const reference = fc
  .tuple(key, fc.array(fc.oneof(key, fc.constantFrom('[0]', '[1]')), { maxLength: 2 }))
  .map(
    ([first, rest]) =>
      '${' +
      rest.reduce<string>((path, part) => path + (part.startsWith('[') ? part : `.${part}`), first) +
      '}',
  );
const secretJson = fc.constantFrom(`{"a":"${SECRET}","b":[1,"${SECRET}"]}`, `["${SECRET}"]`, SECRET, '7');

const { value: expression } = fc.letrec<{ value: unknown }>((tie) => {
  const value = tie('value');
  const call = (name: string) => value.map((argument) => ({ [name]: argument }));
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true } as const,
      fc.constantFrom('text', 'a,b', 7, true, null, 'eyJhIjoxfQ=='),
      secretJson.map((text) => ({ 'fn::secret': text })),
      reference,
      fc.tuple(reference, reference).map(([left, right]) => `${left}-${right}`),
      fc.array(value, { maxLength: 3 }),
      fc.dictionary(key, value, { maxKeys: 3 }),
      call('fn::toJSON'),
      call('fn::fromJSON'),
      call('fn::toString'),
      call('fn::toBase64'),
      call('fn::fromBase64'),
      call('fn::final'),
      fc.tuple(value, value).map((pair) => ({ 'fn::join': pair })),
      fc.tuple(fc.constantFrom(',', '', '-'), value).map((pair) => ({ 'fn::split': pair })),
      fc.array(value, { maxLength: 3 }).map((arrays) => ({ 'fn::concat': arrays })),
      fc.tuple(value, value).map(([schema, checked]) => ({ 'fn::validate': { schema, value: checked } })),
    ),
  };
});
const values = fc.dictionary(key, expression, { minKeys: 1, maxKeys: 5 });

test('what is made from a secret is secret, through every function, reference and layer', () => {
  let secretsSeen = 0;
  fc.assert(
    fc.property(values, values, (lower, upper) => {
      const sources: Record<string, string> = { 'p/lower': JSON.stringify({ values: lower }) };
      const evaluation = evaluateEnvironment({
        name: 'p/upper',
        source: JSON.stringify({ imports: ['p/lower'], values: upper }),
        loadImport: (name) => sources[name],
      });
      const root = { value: evaluation.properties };
      if (LEAK.test(JSON.stringify(revealed(root)))) secretsSeen++;
      expect(JSON.stringify(redacted(root))).not.toMatch(LEAK);
      expect(JSON.stringify(evaluation.diagnostics.map((diagnostic) => diagnostic.message))).not.toMatch(
        LEAK,
      );
      const open = environmentVariables(evaluation).entries.filter((entry) => !entry.secret);
      expect(JSON.stringify(open.map((entry) => entry.text))).not.toMatch(LEAK);
    }),
    { numRuns: 3_000 },
  );
  expect(secretsSeen).toBeGreaterThan(500);
});
