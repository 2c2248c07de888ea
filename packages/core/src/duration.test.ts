import { expect, test } from '@jest/globals';

import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5m', 90_000],
  ['1h', 3_600_000],
  [' 5s ', 5_000],
  ['5', undefined],
  ['-5s', undefined],
  ['5 s', undefined],
  ['5d', undefined],
  ['', undefined],
])('%s is %s ms', (text, expected) => expect(parseDuration(text)).toBe(expected));

test.each([
  [0, '0 ms'],
  [812.4, '812 ms'],
  [4_100, '4.1 s'],
  [59_949, '59.9 s'],
  [59_951, '1m00s'],
  [252_000, '4m12s'],
  [3_900_000, '1h05m'],
])('%s ms reads %s', (durationMs, expected) => expect(formatDuration(durationMs)).toBe(expected));
