import { describe, expect, test } from '@jest/globals';
import { parsePairs } from './command-files.ts';
import { Masks } from './masks.ts';
import { parseCommand } from './parse-command.ts';

const known = (name: string): boolean => ['error', 'set-output'].includes(name.toLowerCase());

describe('commands', () => {
  test.each([
    ['::error::text', { name: 'error', properties: {}, data: 'text' }],
    [
      '  ::ERROR file=a%2Cb%3Ac.ts,line=3::x%0Ay%25',
      { name: 'error', properties: { file: 'a,b:c.ts', line: '3' }, data: 'x\ny%' },
    ],
    ['::set-output name=a::b::c', { name: 'set-output', properties: { name: 'a' }, data: 'b::c' }],
    ['text ##[error file=a%3Bb]x%5Dy', { name: 'error', properties: { file: 'a;b' }, data: 'x]y' }],
    ['::error x=::%250A', { name: 'error', properties: {}, data: '%0A' }],
  ])('%s', (line, expected) => {
    expect(parseCommand(line, known)).toEqual(expected);
  });

  test.each(['text ::error::x', '::other::x', '::error', 'error::x::', '##[other]x', ''])(
    '%j is none',
    (line) => {
      expect(parseCommand(line, known)).toBeUndefined();
    },
  );
});

describe('pairs in files', () => {
  test.each([
    [
      'a=1\nb=2=3\n\n',
      [
        ['a', '1'],
        ['b', '2=3'],
      ],
    ],
    [
      'a<<E\none\n\ntwo\nE\nb=3',
      [
        ['a', 'one\n\ntwo'],
        ['b', '3'],
      ],
    ],
    ['a<<E\nE\n', [['a', '']]],
    [
      'a=x<<y\r\nb=\n',
      [
        ['a', 'x<<y'],
        ['b', ''],
      ],
    ],
    ['a<<E\nb=2\n E\nE', [['a', 'b=2\n E']]],
  ])('%j', (text, expected) => {
    expect(parsePairs(text)).toEqual(expected);
  });

  test.each([
    ['a<<E\nvalue', "Matching delimiter not found 'E'"],
    ['<<E\nE', 'Name must not be empty and delimiter must not be empty'],
    ['a<<\n', 'Name must not be empty and delimiter must not be empty'],
    ['=1', 'Name must not be empty'],
    ['plain', "Invalid format 'plain'"],
  ])('%j is refused', (text, message) => {
    expect(() => parsePairs(text)).toThrow(message);
  });
});

describe('masks', () => {
  const hide = (secrets: string[], text: string): string => {
    const masks = new Masks();
    for (const secret of secrets) masks.add(secret);
    return masks.apply(text);
  };

  test.each([
    ['plain', 'a pass<w>&"d b', 'a *** b'],
    ['JSON', 'a pass<w>&\\"d b', 'a *** b'],
    ['XML', 'a pass&lt;w&gt;&amp;&quot;d b', 'a *** b'],
    ['URI', 'a pass%3Cw%3E%26%22d b', 'a *** b'],
    ['base64', Buffer.from('pass<w>&"d').toString('base64'), '***'],
  ])('hide the form %s', (_form, text, expected) => {
    expect(hide(['pass<w>&"d'], text)).toBe(expected);
  });

  test('hide secrets that overlap as one, and each line of a long one', () => {
    expect(hide(['abcd', 'cdef'], 'xabcdefx')).toBe('x***x');
    expect(hide(['line one\nline two\n'], 'a line two b')).toBe('a *** b');
    expect(hide(['$1.*'], 'a $1.* b')).toBe('a *** b');
  });

  test('an empty one hides nothing', () => {
    expect(hide(['', ' '], 'a b')).toBe('a b');
  });
});
