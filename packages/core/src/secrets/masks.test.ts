import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maskedForms, planMasks } from './masks.ts';
import { createRedactor } from './redact.ts';

const hides = (secret: string, shown: string) => createRedactor(maskedForms(secret))(shown);

describe('maskedForms', () => {
  const secret = 'p@ss w/rd+<&>"\'\\é';

  test.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', encodeURIComponent(secret).replaceAll('%20', '+')],
    ['in a URL, escapes in lower case', encodeURIComponent(secret).toLowerCase()],
    ['in JSON', JSON.stringify({ secret })],
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

  test('brackets and rules of a secret text stay readable, a password of them does not', () => {
    const json = JSON.stringify({ a: [{ b: 'secret-value' }] }, null, 4);
    expect(hides(json, '{\n    [\n    }\n')).toBe('{\n    [\n    }\n');
    expect(hides('!@#$%^&*', 'pw=!@#$%^&*')).toBe('pw=***');
  });

  test('a lone surrogate is no trouble', () => {
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
    expect(planMasks({ value: 'ab', secret: true })).toEqual({ masks: new Set(), tooShort: [''] });
  });
});
