// The README's tables of actions: what is refused, and what each equivalent does not know.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { job, runText } from './test-run.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

describe('the tables of actions', () => {
  test.each([
    ['docker://alpine', {}],
    ['./a', { 'a/action.yml': 'name: A\ndescription: A\nruns: { using: docker, image: Dockerfile }\n' }],
    ['$/a', { 'a/action.yml': 'name: A\ndescription: A\nruns: { using: node16, main: m.js }\n' }],
  ])('%s is refused', async (uses, files) => {
    const run = runText(job(`- uses: actions/checkout@v6\n- uses: ${uses}`), files);
    await expect(run).rejects.toThrow(/:\d+:\d+: .*not supported locally/);
  });

  const listed = [
    ...(readme
      .split('\nThird-party actions')[1]
      ?.split('\n## ')[0]
      ?.matchAll(/^\| (`.*?) \|/gm) ?? []),
  ].flatMap(([, names = '']) => [...names.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
  let owner = '';
  const names = listed.map((name) => {
    if (name.startsWith('/')) return owner + name;
    if (name.includes('/')) owner = name;
    return name.includes('/') ? name : `${owner.split('/')[0] ?? ''}/${name}`;
  });

  test.each(names)('%s has an equivalent, which refuses an input that it does not know', async (name) => {
    await expect(runText(job(`- { uses: ${name}@v1, with: { no-such-input: 1 } }`))).rejects.toThrow(
      /w\.yml:\d+:\d+: .*the input 'no-such-input' is not supported locally/,
    );
  });

  test('are all there', () => expect(names.length).toBe(12));

  test('a cache is a miss, and keeps nothing; an attestation of a bill of materials is recorded', async () => {
    const run = await runText(`on: push
jobs:
  j:
    runs-on: x
    permissions: { id-token: write, attestations: write }
    steps:
      - run: printf abc > file.bin && echo '{}' > bill.json
      - { uses: actions/cache/save@v4, with: { path: file.bin, key: k } }
      - { id: c, uses: actions/cache/restore@v4, with: { path: file.bin, key: k } }
      - run: test "\${{ steps.c.outputs.cache-hit }}" != true
      - { uses: actions/attest-sbom@v3, with: { subject-path: file.bin, sbom-path: bill.json } }`);
    expect(run.jobs).toEqual(['j: success']);
    expect(readFileSync(join(run.out, 'attestations', 'j.jsonl'), 'utf8')).toContain('file.bin');
  });
});
