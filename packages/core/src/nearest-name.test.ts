import { expect, test } from '@jest/globals';

import { nearestName } from './nearest-name.ts';

test.each([
  ['prodction', ['production', 'staging'], 'production'],
  ['prod', ['production', 'staging'], 'production'],
  ['pro', ['production', 'profile'], undefined],
  ['rnu', ['name', 'run'], 'run'],
  ['b', ['a'], undefined],
  ['aa', ['a'], 'a'],
  ['x', [], undefined],
])('%s among %j is %s', (name, known, expected) => {
  expect(nearestName(name, known)).toBe(expected);
});
