import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { runUser, writeUser } from './release-user.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'sophia release '));
const clone = join(folder, 'clone');
const origin = join(clone, 'out/release-origin.git');
const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();

let rehearsal: { readonly status: number | null; readonly stdout: string; readonly stderr: string };

beforeAll(() => {
  git('clone', '--quiet', root, clone);
  rehearsal = spawnSync('npm', ['run', '--silent', 'release:dry'], { cwd: clone, encoding: 'utf8' });
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('npm run release:dry', () => {
  test('builds twice, tests the tree, and pushes branch and tags to a repository on this disk', () => {
    expect(rehearsal).toMatchObject({ status: 0 });
    expect(rehearsal.stdout).toMatch(/built twice in different folders: \d+ files, identical/);
    const refs = git('--git-dir', origin, 'for-each-ref', '--format=%(refname) %(objecttype)').split('\n');
    expect(refs).toEqual(['refs/heads/release commit', 'refs/tags/v1 commit', 'refs/tags/v1.0.0 tag']);
    const files = git('--git-dir', origin, 'ls-tree', '-r', '--name-only', 'v1').split('\n');
    expect(files).toEqual(
      expect.arrayContaining([
        ...['health-gate/action.yml', 'health-gate/dist/index.js', 'cli/index.js', 'LICENSE'],
        ...['.github/workflows/master-deployment.yml', 'schemas/sophia.schema.json'],
      ]),
    );
    expect(files.filter((file) => file.startsWith('.stamps'))).toEqual([]);
  });

  test('leaves checksums that hold, and a bill of materials that names what the licences name', () => {
    const out = join(clone, 'out/release');
    const checked = spawnSync('sha256sum', ['--check', '--quiet', join(out, 'SHA256SUMS')], {
      cwd: join(clone, 'release'),
      encoding: 'utf8',
    });
    expect(checked).toMatchObject({ status: 0, stdout: '' });
    const bill = JSON.parse(readFileSync(join(out, 'sophia-actions-1.0.0.cdx.json'), 'utf8')) as {
      specVersion: string;
      components: { group?: string; name: string; version: string }[];
    };
    expect(bill.specVersion).toBe('1.6');
    const listed = new Set(
      bill.components.map(({ group, name, version }) => `${group ? `${group}/` : ''}${name} ${version}`),
    );
    const licences = readFileSync(join(clone, 'release/THIRD-PARTY-LICENSES.txt'), 'utf8');
    // One package writes its own version with a `v`.
    const bundled = [...licences.matchAll(/^-{80}\n(\S+) v?(\S+) \(/gm)].map(
      (match) => `${match[1]} ${match[2]}`,
    );
    expect(bundled.length).toBeGreaterThan(100);
    expect(bundled.filter((name) => !listed.has(name))).toEqual([]);
  });

  test('refuses a version that is released already, and a tree that is not committed', () => {
    const again = spawnSync(process.execPath, ['scripts/release/main.ts', 'prepare', '--remote', origin], {
      cwd: clone,
      encoding: 'utf8',
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('error: v1.0.0 is released already');
    writeFileSync(join(clone, 'stray.txt'), 'stray');
    const dirty = spawnSync(process.execPath, ['scripts/release/main.ts', 'dry'], {
      cwd: clone,
      encoding: 'utf8',
    });
    rmSync(join(clone, 'stray.txt'));
    expect(dirty.status).toBe(1);
    expect(dirty.stderr).toMatch(/not committed:\n\?\? stray\.txt\n {2}hint: /);
  }, 400_000);
});

test('a workflow of another repository uses every action by v1, by version, and by commit', async () => {
  const sha = git('--git-dir', origin, 'rev-parse', 'v1');
  const repository = writeUser(folder, ['v1', 'v1.0.0', sha]);
  const told = join(folder, 'told.json');
  const result = await runUser({ folder, repository, origin, told });
  expect(result.jobs.map((job) => job.result)).toEqual(['success', 'success', 'success', 'success']);
  const outputs = { 'secrets-esc-status': 'file', 'gate-pass-rate': '1', 'deployment-status': 'success' };
  const job = { result: 'success', outputs };
  expect(JSON.parse(readFileSync(told, 'utf8'))).toMatchObject({ 'job-0': job, 'job-1': job, 'job-2': job });
}, 300_000);
