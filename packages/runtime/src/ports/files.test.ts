import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { nodeFiles } from './files.ts';
import { createRedaction } from './redaction.ts';

const directory = mkdtempSync(join(tmpdir(), 'sophia files '));
const files = nodeFiles(createRedaction());

test('what is missing is no error', async () => {
  expect(await files.read(join(directory, 'none'))).toBeUndefined();
});

test('a folder that is named as a file is a mistake in the input, and is called one', async () => {
  await expect(files.read(directory)).rejects.toMatchObject({
    code: 'usage',
    message: `cannot read ${directory}: it is a folder`,
    hint: 'name a file in it',
  });
});

test('a file in the place of a folder is said in words', async () => {
  writeFileSync(join(directory, 'file'), '');
  await expect(files.write(join(directory, 'file', 'report.json'), '{}')).rejects.toMatchObject({
    code: 'environment',
    message: `cannot write ${join(directory, 'file', 'report.json')}: a file is where a folder should be`,
  });
});
