import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { openerOf, openPage } from './open-page.ts';

test.each([
  ['linux', ['xdg-open', '/a b.html']],
  ['freebsd', ['xdg-open', '/a b.html']],
  ['darwin', ['open', '/a b.html']],
  ['win32', ['cmd', '/c', 'start', '""', '/a b.html']],
] as const)('on %s a page is opened with its own opener', (platform, words) => {
  expect(openerOf(platform, '/a b.html')).toEqual(words);
});

test('what is no page is said, and opens nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sophia open '));
  expect(await openPage(folder)).toMatch(/no page was written/);
  writeFileSync(join(folder, 'page.html'), '');
  expect(await openPage(join(folder, 'absent.html'))).toMatch(/no page was written/);
});
