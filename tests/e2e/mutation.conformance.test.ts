import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

import { expect, test } from '@jest/globals';

const AREAS = ['graph', 'verdict', 'deployment', 'fleet', 'redactor'];
const root = resolve(import.meta.dirname, '../..');

/** `npm run mutation -- AREA`: Stryker changes the sources, and tells which changes no test notices. */
function mutationOf(area: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [resolve(root, 'scripts/mutation.mjs'), area],
    { cwd: root, encoding: 'utf8' },
  );
  return { status, text: stdout + stderr };
}

test.each(AREAS)(
  'of the changes to %s, tests notice at least four in five',
  (area) => {
    expect(mutationOf(area)).toEqual({
      status: 0,
      text: expect.stringMatching(new RegExp(`^${area} .* ok$`, 'm')),
    });
  },
  15 * 60_000,
);

test('an area that is not there is refused, and those that are there are told', () => {
  const text = `error: there is no area weather\n  hint: there are ${AREAS.join(', ')}\n`;
  expect(mutationOf('weather')).toEqual({ status: 2, text });
});
