import { expect, test } from '@jest/globals';

import { parseStepOutputs } from './parse-step-outputs.ts';

test('lines and blocks are read, the last value of a name counts, and undeclared names are left out', () => {
  const text =
    'url=https://a.example/?b=c\nnotes<<EOF\none\nurl=not this\nEOF\n\nother=1\nurl=https://b.example\r\n';
  expect(parseStepOutputs(text, ['url', 'notes'])).toEqual({
    outputs: { url: 'https://b.example', notes: 'one\nurl=not this' },
    undeclared: ['other'],
  });
});

test.each([
  ['no equals sign', /line 2 .*expected name=value/],
  ['a b=c', /expected name=value/],
  ['=c', /expected name=value/],
  ['url<<EOF\nendless', /the block of url has no end/],
  [`url=${'x'.repeat(100_001)}`, /longer than 100000/],
  ['url=a\0b', /zero byte/],
])('%j is refused with its line', (line, problem) => {
  expect(parseStepOutputs(`first=1\n${line}\n`, [])).toEqual({ problem: expect.stringMatching(problem) });
});
