import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { resultsEnvironment, startActionsResults } from '@sophia/standins/actions-results';
import { zipSync } from 'fflate';
import type { RunOptions } from '../run-options.ts';
import { prepareSource, uncommittedFiles } from '../checkout-source.ts';
import { makeFolder, newFolder, runRepository, runText } from '../test-run.ts';

let results: Awaited<ReturnType<typeof startActionsResults>>;
let nextRun = 100;

beforeAll(async () => {
  results = await startActionsResults({ folder: newFolder('sophia results ') });
});
afterAll(() => results.close());

/** Gives each run its own place in the results service. */
function withArtifacts(): Pick<RunOptions, 'openJob'> {
  const runId = nextRun++;
  return {
    openJob: ({ backendId }) => ({
      token: 'fake-token',
      stepEnv: {},
      actionEnv: resultsEnvironment(results.url, { runId, attempt: 1, jobId: backendId }),
      idTokenEnv: {},
    }),
  };
}

describe('artifacts', () => {
  test('go from job to job with the paths of the real action', async () => {
    const run = await runText(
      `on: push
jobs:
  up:
    runs-on: x
    steps:
      - run: mkdir -p out/sub .hid && echo one > out/one.txt && echo two > out/sub/two.txt && echo x > out/skip.log && echo h > out/.hidden && echo solo > solo.txt
      - { id: a, uses: actions/upload-artifact@v4, with: { name: tree, path: "out/\\n!out/*.log" } }
      - { uses: actions/upload-artifact@v4, with: { name: single, path: out/one.txt } }
      - { uses: actions/upload-artifact@v4, with: { name: mixed, path: "out/sub\\nsolo.txt", retention-days: 3 } }
      - { uses: actions/upload-artifact@v4, with: { name: glob, path: "out/**/*.txt" } }
      - { uses: actions/upload-artifact@v4, with: { name: none, path: missing/ } }
      - run: test -n "\${{ steps.a.outputs.artifact-id }}" && test \${#DIGEST} = 64
        env: { DIGEST: "\${{ steps.a.outputs.artifact-digest }}" }
      - { id: double, continue-on-error: true, uses: actions/upload-artifact@v4, with: { name: tree, path: solo.txt } }
      - { if: "steps.double.outcome != 'failure'", run: exit 1 }
      - { uses: actions/upload-artifact@v4, with: { name: single, path: solo.txt, overwrite: true } }
  down:
    needs: up
    runs-on: x
    steps:
      - { uses: actions/download-artifact@v4, with: { path: all } }
      - run: cd all && find . -type f | sort && cat single/*
      - { uses: actions/download-artifact@v4, with: { name: tree, path: here } }
      - { uses: actions/download-artifact@v4, with: { pattern: "s*", path: some, merge-multiple: true } }
      - run: test -f here/sub/two.txt && test "$(ls some)" = solo.txt
      - { name: absent, uses: actions/download-artifact@v4, with: { name: absent } }`,
      {},
      withArtifacts(),
    );
    const files = run
      .log('down')
      .split('\n')
      .filter((line) => line.startsWith('./'));
    expect(files).toEqual([
      './glob/one.txt',
      './glob/sub/two.txt',
      './mixed/out/sub/two.txt',
      './mixed/solo.txt',
      './single/solo.txt',
      './tree/one.txt',
      './tree/sub/two.txt',
    ]);
    expect(run.jobs).toEqual(['up: success', 'down: failure']);
    expect(run.log('down')).toContain('Artifact not found for name: absent');
    expect(run.log('up')).toContain('##[warning]No files were found with the provided path: missing/');
  });

  test('need a results service', async () => {
    const run = await runText(`on: push
jobs:
  j: { runs-on: x, steps: [{ run: touch f }, { uses: actions/upload-artifact@v4, with: { path: f } }] }`);
    expect(run.log('j')).toContain('artifacts need a results service');
  });

  test('whose paths leave their folder are not written', async () => {
    const options = withArtifacts();
    const evil = zipSync({ '../evil.txt': new Uint8Array([1]) });
    const { ArtifactClient } = await import('./artifact-client.ts');
    const services = await options.openJob?.({
      id: 'x',
      backendId: 'x',
      permissions: {},
      environment: undefined,
    });
    const client = new ArtifactClient({
      env: services?.actionEnv ?? {},
      signal: new AbortController().signal,
    });
    await client.upload('evil', new Uint8Array(evil), undefined);
    const run = await runText(
      `on: push
jobs:
  j: { runs-on: x, steps: [{ uses: actions/download-artifact@v4, with: { name: evil, path: d } }] }`,
      {},
      options,
    );
    expect(run.log('j')).toContain("holds the path '../evil.txt', which leaves its folder");
  });
});

const show = `on: push
jobs:
  j:
    runs-on: x
    steps:
      - { id: c, uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8, with: { persist-credentials: false } }
      - run: |
          echo "head $(git rev-parse HEAD) \${{ github.sha }} \${{ steps.c.outputs.commit }}"
          echo "branch $(git rev-parse --abbrev-ref HEAD) $(git remote get-url origin) [$(git status --porcelain)]"
          ls -A | tr '\\n' ' '
`;

describe('checkout', () => {
  test('clones the last commit of a repository, without what is not committed', async () => {
    const repository = makeFolder({ 'a.txt': 'a', '.github/workflows/w.yml': show });
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
        cwd: repository,
        encoding: 'utf8',
      }).trim();
    git('init', '-q');
    git('add', 'a.txt');
    git('commit', '-q', '-m', 'first');
    const head = git('rev-parse', 'HEAD');
    const run = await runRepository(repository, 'w');
    expect(run.log('j')).toContain(`head ${head} ${head} ${head}`);
    expect(run.log('j')).toContain('branch main https://github.com/octo/demo []');
    expect(run.log('j')).toContain('.git a.txt ');
  });

  test('makes a commit of a folder that is no repository of its own, always the same one', async () => {
    const files = { 'a.txt': 'a', 'node_modules/x/index.js': 'x', '.github/workflows/w.yml': show };
    const runs = await Promise.all(
      [makeFolder(files), makeFolder(files)].map((folder) => runRepository(folder, 'w')),
    );
    const heads = runs.map((run) => /head (\w+) \1 \1/.exec(run.log('j'))?.[1]);
    expect(heads[0]).toMatch(/^[0-9a-f]{40}$/);
    expect(heads[1]).toBe(heads[0]);
    expect(runs[0]?.log('j')).toContain('.git .github a.txt ');
  });

  test('takes only what belongs to a folder inside a repository', async () => {
    const outer = makeFolder({
      '.gitignore': 'ignored/\n',
      'inner/.github/workflows/w.yml': show,
      'inner/a.txt': 'a',
      'inner/ignored/b.txt': 'b',
      'outside.txt': 'o',
    });
    execFileSync('git', ['init', '-q'], { cwd: outer });
    symlinkSync('a.txt', join(outer, 'inner', 'link.txt'));
    const run = await runRepository(join(outer, 'inner'), 'w');
    expect(run.log('j')).toContain('.git .github a.txt link.txt ');
  });

  test('does not copy a snapshot into itself', async () => {
    const folder = makeFolder({ 'a.txt': 'a', 'node_modules/x.js': 'x' });
    const scratch = join(folder, 'out', 'repository');
    const first = await prepareSource(folder, scratch);
    expect(await prepareSource(folder, scratch)).toEqual(first);
    expect(readdirSync(scratch).sort()).toEqual(['.git', 'a.txt']);
  });

  test('tells what is not committed, and where nothing is', async () => {
    const folder = makeFolder({ 'a.txt': 'a', 'b.txt': 'b', '.gitignore': 'c.txt\n', 'c.txt': 'c' });
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], { cwd: folder });
    git('init', '-q');
    await expect(prepareSource(folder, join(folder, 'x'))).rejects.toMatchObject({
      message: `${folder} has no commit yet, so there is nothing to check out`,
    });
    git('add', 'a.txt');
    git('commit', '-q', '-m', 'a');
    writeFileSync(join(folder, 'a.txt'), 'other');
    const source = await prepareSource(folder, join(folder, 'x'));
    expect(await uncommittedFiles(source)).toEqual(['a.txt', '.gitignore', 'b.txt']);
  });

  test('refuses another repository, an unknown ref and a path outside', async () => {
    const run = await runText(`on: push
jobs:
  j:
    runs-on: x
    steps:
      - { continue-on-error: true, uses: actions/checkout@v4, with: { repository: other/repo } }
      - { continue-on-error: true, uses: actions/checkout@v4, with: { ref: no-such-branch } }
      - { continue-on-error: true, uses: actions/checkout@v4, with: { path: ../.. } }
      - { continue-on-error: true, uses: actions/checkout@v4, with: { submodules: true } }`);
    expect(run.result.jobs[0]?.steps.map(({ outcome }) => outcome)).toEqual([
      'failure',
      'failure',
      'failure',
      'failure',
    ]);
    const messages = run.result.jobs[0]?.annotations.map(({ message }) => message.split('\n')[0]);
    expect(messages).toEqual([
      "checkout: 'other/repo' is not on this machine",
      expect.stringContaining("checkout: 'no-such-branch' does not exist"),
      "checkout: path '../..' leaves the workspace",
      "checkout: the input 'submodules' is not supported locally",
    ]);
  });
});

describe('the other equivalents', () => {
  test('setup-node puts the given Node first, setup-python finds Python, cache misses', async () => {
    const run = await runText(`on: push
jobs:
  j:
    runs-on: x
    steps:
      - { id: n, uses: actions/setup-node@v4, with: { node-version: 4 } }
      - run: echo "node $(command -v node) \${{ steps.n.outputs.node-version }}"
      - { id: p, uses: actions/setup-python@v5 }
      - run: python --version && echo "\${{ steps.p.outputs.python-path }}"
      - { id: c, uses: actions/cache@v4, with: { path: x, key: k } }
      - { if: "steps.c.outputs.cache-hit == 'true'", run: exit 1 }`);
    expect(run.jobs).toEqual(['j: success']);
    expect(run.log('j')).toContain(`node ${join(dirname(process.execPath), 'node')} ${process.version}`);
    expect(run.result.jobs[0]?.annotations[0]?.message).toMatch(
      /^version 4 was asked for, this machine has \d+/,
    );
  });

  test('upload-sarif checks and keeps what it is given, with the permission it needs', async () => {
    const sarif = { version: '2.1.0', runs: [{ tool: { driver: { name: 't' } }, results: [] }] };
    const files = { 'good.sarif': JSON.stringify(sarif), 'bad.sarif': '{"version":"1"}' };
    const steps = (name: string): string =>
      `[{ uses: actions/checkout@v4 }, { uses: github/codeql-action/upload-sarif@v3, with: { sarif_file: ${name} } }]`;
    const run = await runText(
      `on: push
jobs:
  good: { runs-on: x, permissions: { security-events: write }, steps: ${steps('good.sarif')} }
  bad: { runs-on: x, permissions: { security-events: write }, steps: ${steps('bad.sarif')} }
  denied: { runs-on: x, permissions: {}, steps: ${steps('good.sarif')} }`,
      files,
    );
    expect(run.jobs).toEqual(['good: success', 'bad: failure', 'denied: failure']);
    expect(JSON.parse(readFileSync(join(run.out, 'sarif', 'good-1.sarif'), 'utf8'))).toEqual(sarif);
    expect(run.log('bad')).toContain("has no version '2.1.0'");
    expect(run.log('denied')).toContain(
      "'security-events: none', and this action needs 'security-events: write'",
    );
  });

  test('attest records the digest of its subjects', async () => {
    const run = await runText(`on: push
jobs:
  j:
    runs-on: x
    permissions: { id-token: write, attestations: write }
    steps:
      - run: printf abc > file.bin
      - { id: a, uses: actions/attest-build-provenance@v2, with: { subject-path: file.bin } }
      - run: test -f "\${{ steps.a.outputs.bundle-path }}"`);
    expect(run.jobs).toEqual(['j: success']);
    const line = readFileSync(join(run.out, 'attestations', 'j.jsonl'), 'utf8');
    expect(JSON.parse(line)).toMatchObject({
      subject: [
        {
          name: 'file.bin',
          digest: { sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
        },
      ],
    });
    expect(existsSync(join(run.out, 'workflow.json'))).toBe(true);
  });
});
