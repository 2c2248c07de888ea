import { describe, expect, test } from '@jest/globals';

import { buildCompared } from '../golden/build-sample.ts';
import { blockedSample } from '../golden/sample.ts';
import { parseDigest, renderDigest, wilsonLowerBound } from './digest.ts';

const { digest } = buildCompared(blockedSample);
const hidden = (document: unknown) =>
  `<!-- sophia:digest ${Buffer.from(JSON.stringify(document)).toString('base64url')} -->`;

test('a digest survives its comment', () => {
  expect(parseDigest(`first line\n${renderDigest(digest)}\nrest`)).toEqual(digest);
});

describe('a tampered digest is none', () => {
  test.each([
    ['an unknown key', { ...digest, extra: 1 }],
    ['a wrong type', { ...digest, run: '812' }],
    ['a history that is too long', { ...digest, history: 's'.repeat(101) }],
    ['failures that are no hashes', { ...digest, failing: ['<script>'] }],
    [
      'too many stages',
      {
        ...digest,
        stages: Object.fromEntries(
          Array.from({ length: 41 }, (_, n) => [n, { passed: 0, total: 0, failed: 0, trend: [] }]),
        ),
      },
    ],
  ])('%s', (_, document) => {
    expect(parseDigest(hidden(document))).toBeUndefined();
  });

  test('no JSON, or too long', () => {
    expect(parseDigest('<!-- sophia:digest AAAA -->')).toBeUndefined();
    expect(parseDigest(`<!-- sophia:digest ${'A'.repeat(20_001)} -->`)).toBeUndefined();
  });
});

test('the lower bound is that of Wilson’s interval', () => {
  expect(wilsonLowerBound(68, 70)).toBeCloseTo(0.902, 3);
  expect(wilsonLowerBound(0, 0)).toBe(0);
});
