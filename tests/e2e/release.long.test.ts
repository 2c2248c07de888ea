import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runWorkflow } from '@sophia/local-runner/run-workflow';

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

/** One job that takes every action at a ref, with nothing but what the job itself has. */
const jobAt = (ref: string) => `
    runs-on: ubuntu-latest
    steps:
      - { uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 }
      - id: secrets
        uses: ai-cherry/sophia-actions/esc-setup@${ref}
        with: { allow-file: true, upload-artifact: false }
      - { run: test "$GREETING" = "good morning" }
      - id: gate
        uses: ai-cherry/sophia-actions/health-gate@${ref}
        with: { upload-artifact: false }
      - uses: ai-cherry/sophia-actions/mcp-orchestrate@${ref}
        with: { mode: validate, upload-artifact: false }
      - id: deployment
        uses: ai-cherry/sophia-actions/deploy-phase@${ref}
        with: { upload-artifact: false }
      - { run: grep -q 'new release' state.txt }
      - uses: ai-cherry/sophia-actions/pr-report@${ref}
        with: { comment: never, download-artifacts: false, upload-artifact: false, reports: '*_report.json' }
      - run: echo "\${{ steps.secrets.outputs.esc-status }} \${{ steps.gate.outputs.pass-rate }} \${{ steps.deployment.outputs.status }}"
`;

const CONFIGURATION = `version: 1
esc: { file: esc.yaml }
secrets: { greeting: {} }
checks: { node: { kind: command, command: [node, --version] }, secrets: { kind: secrets } }
mcp: { registry: ports.json }
deployment:
  phases:
    - name: only
      steps: [{ name: write, run: echo new release > state.txt, undo: rm state.txt }]
environments: { production: {} }
`;

function repositoryThatUses(refs: readonly string[]): string {
  const repository = mkdtempSync(join(folder, 'user '));
  mkdirSync(join(repository, '.github/workflows'), { recursive: true });
  const jobs = refs.map((ref, index) => `  job-${index}:${jobAt(ref)}`).join('');
  writeFileSync(join(repository, '.github/workflows/use.yml'), `on: push\njobs:\n${jobs}`);
  writeFileSync(join(repository, '.github/sophia.yml'), CONFIGURATION);
  writeFileSync(join(repository, 'esc.yaml'), 'values: { greeting: good morning }\n');
  writeFileSync(join(repository, 'ports.json'), '{ "servers": { "memory": 9000, "search": 9001 } }\n');
  return repository;
}

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
  const repository = repositoryThatUses(['v1', 'v1.0.0', sha]);
  const out = join(folder, 'run');
  const result = await runWorkflow({
    workflowFile: join(repository, '.github/workflows/use.yml'),
    event: 'push',
    context: {
      ...{ repository: 'octo/user', ref: 'refs/heads/main', actor: 'octocat' },
      ...{ runId: 1, runNumber: 1, attempt: 1 },
    },
    repositoryDirectory: repository,
    actionsDirectory: join(folder, 'nothing'),
    actionsGit: origin,
    outDirectory: out,
    maxParallel: 1,
  });
  const logs = result.jobs.map(({ log }) => readFileSync(join(out, log ?? ''), 'utf8')).join('\n');
  expect([result.jobs.map((job) => job.result), logs]).toEqual([
    ['success', 'success', 'success'],
    expect.stringMatching(/(file 1 success[\s\S]*){3}/),
  ]);
}, 300_000);
