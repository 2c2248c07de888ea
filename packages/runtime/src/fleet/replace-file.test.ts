import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from '@jest/globals';

import { replaceFile } from './replace-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'sophia replace '));
afterAll(() => rmSync(directory, { recursive: true }));
const read = (file: string) => readFileSync(join(directory, file), 'utf8');
const parts = () => readdirSync(directory).filter((name) => name.includes('sophia-part'));

describe('a file that is replaced', () => {
  test('keeps its rights, and a link to it stays a link', async () => {
    writeFileSync(join(directory, 'real.json'), 'a');
    chmodSync(join(directory, 'real.json'), 0o640);
    symlinkSync('real.json', join(directory, 'link.json'));
    await replaceFile({ file: 'link.json', directory, before: 'a', after: 'b' });
    expect([read('real.json'), statSync(join(directory, 'real.json')).mode & 0o777]).toEqual(['b', 0o640]);
    expect(lstatSync(join(directory, 'link.json')).isSymbolicLink()).toBe(true);
    expect(parts()).toEqual([]);
  });

  test('stays where it was changed meanwhile', async () => {
    writeFileSync(join(directory, 'changed.json'), 'by somebody else');
    const replaced = replaceFile({ file: 'changed.json', directory, before: 'a', after: 'b' });
    await expect(replaced).rejects.toThrow('changed.json was changed meanwhile');
    expect([read('changed.json'), parts()]).toEqual(['by somebody else', []]);
  });

  test('stays where nothing can be written beside it', async () => {
    // Its name is as long as names may be, so that the unfinished file's would be longer: that holds for root too.
    const file = 'x'.repeat(250);
    writeFileSync(join(directory, file), 'a');
    await expect(replaceFile({ file, directory, before: 'a', after: 'b' })).rejects.toThrow(
      /cannot be written/,
    );
    expect([read(file), parts()]).toEqual(['a', []]);
  });
});
