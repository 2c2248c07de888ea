import { describe, expect, test } from '@jest/globals';
import { compareDrift, parseGithubSecrets } from './drift.ts';

const properties = {
  same: { value: 'hunter2', secret: true },
  other: { value: 'hunter2', secret: true },
  newline: { value: 'hunter2\n', secret: true },
  only: { value: 'hunter2', secret: true },
  todo: { value: 'PLACEHOLDER' },
  number: { value: 9007199254740992, text: '9007199254740993' },
  json: { value: { b: { value: 1, text: '1' }, a: { value: [{ value: true }] } } },
  lost: { unknown: true },
};

function drift(input: string) {
  const parsed = parseGithubSecrets(input);
  if ('badLine' in parsed) throw new Error(`line ${parsed.badLine}`);
  return Object.fromEntries(compareDrift(parsed.secrets, properties));
}

describe('compareDrift', () => {
  test('says of each name how the two compare, and nothing of the values', () => {
    const result = drift(`
same=hunter2
other=hunter3
newline=hunter2
only=
todo=hunter2
gone=hunter2
number=9007199254740993
json={ "a": [true], "b": 1 }
lost=hunter2
nobody=
`);
    expect(result).toEqual({
      same: 'match',
      other: 'differs',
      newline: 'match',
      only: 'only-esc',
      todo: 'only-github',
      gone: 'only-github',
      number: 'match',
      json: 'match',
      lost: 'differs',
    });
  });

  test('a value may hold =, spaces and quotes', () => {
    expect(drift('same= hunter2')).toEqual({ same: 'differs' });
    const parsed = parseGithubSecrets('a["b.c"]=x=y "z"');
    expect('secrets' in parsed && parsed.secrets.map(({ path, text }) => [path, text.reveal()])).toEqual([
      [['a', 'b.c'], 'x=y "z"'],
    ]);
  });
});

test.each([
  ['key=-----BEGIN KEY-----\nMIIE+abc/def=\n', 2],
  ['same=x\nno equals sign', 2],
  ['=x', 1],
])('a line that names no property spoils the whole, and is not repeated: %j', (input, line) => {
  expect(parseGithubSecrets(input)).toEqual({ badLine: line });
});
