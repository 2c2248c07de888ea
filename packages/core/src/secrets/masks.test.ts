import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maskedForms, planMasks, planSecretMasks } from './masks.ts';
import { createRedactor } from './redact.ts';

const hides = (secret: string, shown: string) => createRedactor(maskedForms(secret))(shown);

/** A text as JSON in JSON in JSON, so often. */
const nested = (depth: number): string => {
  let text = 'deepest';
  for (let level = 0; level < depth; level += 1) text = JSON.stringify([text]);
  return text;
};

describe('maskedForms', () => {
  const secret = 'p@ss w/rd+<&>"\'\\é';

  test.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', encodeURIComponent(secret).replaceAll('%20', '+')],
    ['in a URL, escapes in lower case', encodeURIComponent(secret).toLowerCase()],
    ['in JSON', JSON.stringify({ secret })],
    ['in JSON of PHP', JSON.stringify({ secret }).replaceAll('/', '\\/')],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ secret }))],
    [
      'in JSON of Go',
      JSON.stringify(secret).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026'),
    ],
    ['in XML', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
    [
      'in XML, quoted',
      secret
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll('"', '&quot;')
        .replaceAll("'", '&#39;'),
    ],
    ['in a shell', `'${secret.replaceAll("'", "'\\''")}'`],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64 of URLs', Buffer.from(secret).toString('base64url')],
  ])('hides it %s', (_, shown) => {
    const hidden = hides(secret, `<<${shown}>>`);
    expect(hidden).toContain('***');
    expect(hidden.replace(/^<<|>>$/g, '')).not.toMatch(/p@ss|p%40|w\/rd|cEBzcy|cGFzcw/i);
  });

  test('hides it where a URL escapes all that RFC 3986 reserves', () => {
    expect(hides("it's(a)*b!", 'it%27s%28a%29%2Ab%21')).toBe('***');
  });

  test('hides it in XML with &apos;, and in base64 of URLs and without its padding', () => {
    expect(hides("it's<5", '<a b="it&apos;s&lt;5"/>')).toBe('<a b="***"/>');
    const signs = Buffer.from('>>>???>>>');
    expect(signs.toString('base64')).toBe('Pj4+Pz8/Pj4+');
    expect(hides(String(signs), 'Pj4-Pz8_Pj4-')).toBe('***');
    expect(hides('four', Buffer.from('four').toString('base64').replace(/=+$/, ''))).toBe('***');
  });

  test('hides all but the shared characters in base64, at any offset', () => {
    const bytes = fc
      .string({ minLength: 6, maxLength: 40 })
      .filter((value) => value.trim().length >= 4 && /\w/.test(value));
    fc.assert(
      fc.property(bytes, fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), (value, before, after) => {
        const encoded = Buffer.from(before + value + after).toString('base64');
        const hidden = hides(value, encoded);
        const start = Buffer.byteLength(before);
        const end = start + Buffer.byteLength(value);
        const inner = encoded.slice(Math.ceil((start * 8) / 6), Math.floor((end * 8) / 6));
        expect(hidden).not.toContain(inner);
      }),
    );
  });

  test('hides each line of a key, and what is in JSON', () => {
    const key = '-----BEGIN KEY-----\r\nMIIEvQIBADANBg\r\nkqhkiG9w0BAQEF\r\n-----END KEY-----\r\n';
    expect(hides(key, 'kqhkiG9w0BAQEF and MIIEvQIBADANBg')).toBe('*** and ***');
    const json = JSON.stringify({
      user: 'alice',
      on: true,
      key: 'one-line\nother-line',
      inner: '{"deep":"hidden"}',
      port: 54321,
    });
    expect(hides(json, 'alice other-line hidden 54321 true')).toBe('*** *** *** *** true');
  });

  test.each(['abc', ' a ', 'true', 'null', '', '1', '{', '[{}]', '    ', '\n\n\n\n'])(
    'leaves %j readable',
    (value) => {
      expect([...maskedForms(value)]).toEqual([]);
    },
  );

  test('four characters are a secret, also with space around them', () => {
    expect(hides('abcd', 'x abcd x')).toBe('x *** x');
    expect(hides('  abcd\n', '[abcd]')).toBe('[***]');
    expect(hides('two\rlines-here', 'lines-here')).toBe('***');
  });

  test.each([
    ['text', '"quoted-secret"', 'quoted-secret'],
    ['indented JSON', '\n  ["listed-secret"]', 'listed-secret'],
    ['lines of a text of it', JSON.stringify({ key: 'first-line\r\nsecond-line' }), 'second-line'],
    ['JSON eight deep', nested(8), 'deepest'],
  ])('JSON is read: %s', (_, value, shown) => {
    expect(hides(value, `<${shown}>`)).toBe('<***>');
  });

  test('JSON is followed so deep and no deeper, and what only looks like it is text', () => {
    expect(hides(nested(12), '<deepest>')).toBe('<deepest>');
    expect(hides('{not-json', '<{not-json>')).toBe('<***>');
    expect(hides(JSON.stringify({ on: 'true', user: 'alice' }), 'true alice')).toBe('true ***');
  });

  test('of a text with more lines than a key has, the lines are masked as they are', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, index) => `line/${1_000 + index}`);
    const inUrl = encodeURIComponent('line/1007');
    expect(hides(lines(501).join('\n'), `line/1007 ${inUrl}`)).toBe(`*** ${inUrl}`);
    expect(hides(lines(499).join('\n'), `line/1007 ${inUrl}`)).toBe('*** ***');
  });

  test('a line of punctuation stays readable', () => {
    expect(hides('=======\nsecret-line', '======= secret-line')).toBe('======= ***');
  });

  test('brackets and rules of a secret text stay readable, a password of them does not', () => {
    const json = JSON.stringify({ a: [{ b: 'secret-value' }] }, null, 4);
    expect(hides(json, '{\n    [\n    }\n')).toBe('{\n    [\n    }\n');
    expect(hides('!@#$%^&*', 'pw=!@#$%^&*')).toBe('pw=***');
  });

  test('a lone surrogate is no trouble, and a URL has the replacement character for it', () => {
    expect(hides('abc\ud800def', 'abc%EF%BF%BDdef')).toBe('***');
    expect(hides('abc\ud800def', 'abc\ud800def')).toBe('***');
  });
});

describe('planMasks', () => {
  test('of a structure masks what is secret in it, or everything where nothing is marked', () => {
    const marked = {
      value: { user: { value: 'visible-user' }, password: { value: 'hunter2', secret: true } },
    };
    const redact = createRedactor(planMasks(marked).masks);
    expect(redact('visible-user hunter2')).toBe('visible-user ***');
    expect(redact('{"user":"visible-user","password":"hunter2"}')).toBe('***');
    const unmarked = { value: { user: { value: 'the-user' }, port: { value: 54321, text: '54321' } } };
    expect(createRedactor(planMasks(unmarked).masks)('the-user 54321')).toBe('*** ***');
    const marksNoText = { value: { on: { value: true, secret: true }, user: { value: 'the-user' } } };
    expect(createRedactor(planMasks(marksNoText).masks)('the-user true')).toBe('*** true');
    const list = { value: [{ value: 'only-item' }] };
    expect(createRedactor(planMasks(list).masks)('as ["only-item"] and only-item')).toBe('as *** and ***');
  });

  test('names what is too short, and does not care for booleans and null', () => {
    const value = {
      secret: true,
      value: {
        pin: { value: '123' },
        'a.b': { value: [{ value: 7, text: '7' }] },
        on: { value: true },
        none: {},
      },
    };
    expect(planMasks(value).tooShort).toEqual(['pin', '["a.b"][0]']);
    expect(planMasks({ value: { pin: { value: '123' } } }, ['db']).tooShort).toEqual(['db.pin']);
    expect(planMasks({ value: [{ value: '' }, { value: '1234' }] }).tooShort).toEqual([]);
    expect(planMasks({ value: 'ab', secret: true })).toEqual({ masks: new Set(), tooShort: [''] });
  });
});

describe('planSecretMasks', () => {
  const secret = { value: { user: { value: 'deep-user' }, pin: { value: '12' } }, secret: true };
  const properties = {
    open: { value: 'open-value' },
    db: secret,
    list: { value: [{ value: 'first-item', secret: true }, { value: 'other-item' }] },
  };

  test('masks what is marked and all below it, and names what is too short', () => {
    const { masks, tooShort } = planSecretMasks(properties, new Set());
    const shown = createRedactor(masks)('open-value deep-user first-item other-item');
    expect(shown).toBe('open-value *** *** other-item');
    expect(tooShort).toEqual(['db.pin']);
  });

  test('leaves readable what is named, with all below it', () => {
    const { masks, tooShort } = planSecretMasks(properties, new Set(['db', 'list[0]']));
    expect([[...masks], tooShort]).toEqual([[], []]);
  });
});
