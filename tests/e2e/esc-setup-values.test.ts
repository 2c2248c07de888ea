import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';
import { secret } from '@sophia/standins/esc-values';

import { masksOf, setUp, startCloud } from './esc-setup-workspace.ts';
import type { Pulumi, SetupRun } from './esc-setup-workspace.ts';

let cloud: Pulumi;
afterEach(() => cloud?.close());

const withSecret = async (value: unknown, inputs: Record<string, string> = {}): Promise<SetupRun> => {
  cloud = await startCloud({ key: secret(value) });
  return setUp({ cloud, inputs: { secrets: 'key', ...inputs } });
};

describe('values arrive as they are, each in exactly one variable', () => {
  test.each([
    ['the delimiter of others', 'EOF\nLD_PRELOAD=/tmp/x\nEOF'],
    ['a heredoc', 'a\nsophia_0<<sophia_1\nb\nsophia_1\n'],
    ['escapes of commands', '100%0A::set-output name=a::b%25'],
    ['a command', '::add-mask::value\n::stop-commands::x\n##[error]no'],
    ['quotes and dollars', `'"\`$HOME \${{ secrets.X }}\\`],
    ['other scripts', 'пароль-密码-🔑-key'],
    ['a private key', `-----BEGIN KEY-----\n${'MIIEfakeline0123456789\n'.repeat(20)}-----END KEY-----\n`],
    ['nearly as long as a variable can be', 'x1'.repeat(65_000)],
  ])('%s', async (_name, value) => {
    const run = await withSecret(value);
    expect([run.exitCode, run.exported]).toEqual([0, { KEY: value }]);
    const commands = run.stdout.split('\n').filter((line) => /^\s*::(?!add-mask::)/.test(line));
    expect(commands).toEqual([]);
  });

  test('the delimiter of an earlier run', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'sophia-env-')), 'env');
    await writeFile(file, '');
    cloud = await startCloud({ key: secret('the first value') });
    await setUp({ cloud, inputs: { secrets: 'key' }, variables: { GITHUB_ENV: file } });
    const [, delimiter = ''] = /^KEY<<(.+)$/m.exec(await readFile(file, 'utf8')) ?? [];
    expect(delimiter).not.toBe('');
    await cloud.close();
    const value = `second\n${delimiter}\nLD_PRELOAD<<${delimiter}\n/tmp/x`;
    const run = await withSecret(value);
    expect([run.exitCode, run.exported]).toEqual([0, { KEY: value }]);
  });
});

describe('values that would arrive damaged, or break the steps after, are refused', () => {
  test.each([
    ['1 MB', 'z9'.repeat(524_288), /too large.*128 KiB/, /under `files`/],
    ['a NUL byte', 'before\0after', /NUL byte/, /base64/],
    ['half a surrogate pair', 'broken-\ud800-half', /no valid Unicode/, /base64/],
  ])('%s', async (_name, value, words, hint) => {
    const run = await withSecret(value);
    expect([run.exitCode, run.exported, run.outputs['exported']]).toEqual([1, {}, '[]']);
    expect(run.shown).toMatch(words);
    expect(run.shown).toMatch(hint);
    expect(run.shown).not.toContain(value.slice(0, 6));
  });

  test('1 MB fits into a file', async () => {
    const value = 'z9'.repeat(524_288);
    cloud = await startCloud({ files: { BIG: secret(value) } });
    const run = await setUp({ cloud });
    const { stat } = await import('node:fs/promises');
    expect((await stat(run.exported['BIG'] ?? '')).size).toBe(value.length);
  });

  test('an output that would hide one of ours', async () => {
    cloud = await startCloud({ environmentVariables: { STATUS: 'green', Exported: 'x' } });
    const run = await setUp({ cloud, inputs: { export: 'outputs' } });
    expect([run.exitCode, run.outputs['status']]).toEqual([1, 'failure']);
    expect(run.shown).toContain('this action has an output of that name');
  });

  test('two values for one name', async () => {
    cloud = await startCloud({
      key: secret('one-of-the-two'),
      environmentVariables: { KEY: 'the-other-one' },
    });
    const run = await setUp({ cloud, inputs: { secrets: 'key' } });
    expect([run.exitCode, run.exported]).toEqual([1, {}]);
    expect(run.shown).toContain('two different values');
  });
});

describe('masks', () => {
  test('hide a secret in every common encoding', async () => {
    const value = 'p@ss/word+with="quotes"&more';
    const masks = masksOf(await withSecret(value));
    const base64 = (offset: number) => Buffer.from('x'.repeat(offset) + value).toString('base64');
    for (const text of [
      value,
      encodeURIComponent(value),
      JSON.stringify({ value }),
      base64(0),
      base64(1),
      base64(2),
      value.replaceAll('&', '&amp;'),
    ]) {
      expect(masks.some((mask) => text.includes(mask))).toBe(true);
    }
  });

  test('are set before the first value is written', async () => {
    cloud = await startCloud({ key: secret('value-to-be-masked') });
    const variables = { GITHUB_ENV: '/dev/null/nowhere' };
    const run = await setUp({ cloud, inputs: { secrets: 'key' }, variables });
    expect([run.exitCode, run.exported]).toEqual([1, {}]);
    expect(masksOf(run)).toContain('value-to-be-masked');
  });

  test('hide each line and each string of JSON, and leave braces, words and numbers readable', async () => {
    const value = JSON.stringify(
      { type: 'account', id: 1, on: true, key: 'line-one-of-it\nline-two-of-it' },
      null,
      2,
    );
    const masks = masksOf(await withSecret(value));
    expect(masks).toEqual(expect.arrayContaining(['line-one-of-it', 'line-two-of-it']));
    for (const mask of masks) {
      expect(mask).not.toMatch(/[\r\n]/);
      expect(['{', '}', 'true', '1', '']).not.toContain(mask.trim());
    }
  });

  test('values under four characters are named, not masked', async () => {
    const run = await withSecret('abc');
    expect([run.exitCode, masksOf(run)]).toEqual([0, expect.not.arrayContaining(['abc'])]);
    expect(run.shown).toMatch(/::warning::not masked.*key/);
    expect(run.shown).not.toContain('abc');
  });
});
