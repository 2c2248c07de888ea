import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { beforeAll, expect, test } from '@jest/globals';

import { globFiles } from './glob-files.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sophia [glob] {x,y} -'));
  const files = [
    'a.json',
    'b.xml',
    'deep/er/c.json',
    'deep/d.json',
    '.hidden/e.json',
    'node_modules/x/f.json',
  ];
  for (const file of files) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), '');
  }
  await symlink(join(directory, 'deep'), join(directory, 'link'));
});

test.each<[patterns: readonly string[], found: readonly string[]]>([
  [['*.json'], ['a.json']],
  [['**/*.json'], ['.hidden/e.json', 'a.json', 'deep/d.json', 'deep/er/c.json']],
  [['deep'], ['deep/d.json', 'deep/er/c.json']],
  [['*.{json,xml}', '!b.*'], ['a.json']],
  [['node_modules/**/*.json'], ['node_modules/x/f.json']],
  [['link/*.json', 'link'], ['link']],
  [
    ['./a.json', 'deep/../b.xml'],
    ['a.json', 'b.xml'],
  ],
  [['gone.json', 'gone/*.json', 'a.json/*'], []],
])('%j finds %j', async (patterns, found) => {
  const paths = await globFiles(directory, patterns);
  expect(paths.map((path) => relative(directory, path))).toEqual(found);
});
