import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import { makeFolder } from '../test-run.ts';
import { findFiles, searchRoots } from './glob.ts';
import { hashFiles } from './hash-files.ts';

const root = makeFolder({ 'a.txt': 'a', 'd/b.txt': 'b', 'd/e/c.md': 'c', 'd/.h/x.txt': 'x', '.env': 'e' });
mkdirSync(join(root, 'loop'));
symlinkSync('..', join(root, 'loop', 'up'));

const found = (lines: string[], hidden = false): string[] =>
  findFiles(lines, root, { hidden }).map((path) => relative(root, path));

test.each([
  [['**/*.txt'], ['a.txt', 'd/b.txt']],
  [['d'], ['d/b.txt', 'd/e/c.md']],
  [['d', '!d/e'], ['d/b.txt']],
  [['!a.txt', '*.txt'], ['a.txt']],
  [['# comment', '', ' a.txt '], ['a.txt']],
  [['d/?.txt', 'd/[b-c].txt'], ['d/b.txt']],
  [['absent', 'a.txt'], ['a.txt']],
  [['.env'], []],
])('%j finds %j', (lines, expected) => {
  expect(found(lines)).toEqual(expected);
});

test('hidden files are found only when asked for', () => {
  expect(found(['**'], true)).toEqual(['.env', 'a.txt', 'd/.h/x.txt', 'd/b.txt', 'd/e/c.md', 'loop/up']);
});

test('the root of a pattern ends before its first wildcard', () => {
  expect(searchRoots(['d/e/*.md', 'a.txt', '!x'], root).map((path) => relative(root, path))).toEqual([
    'd/e',
    'a.txt',
  ]);
});

test('hashFiles is the hash of the hashes, and nothing outside the workspace counts', () => {
  const inner = createHash('sha256').update('a').digest();
  expect(hashFiles(['a.txt'], root)).toBe(createHash('sha256').update(inner).digest('hex'));
  expect(hashFiles(['*.none'], root)).toBe('');
  expect(hashFiles(['/etc/passwd'], root)).toBe('');
});
