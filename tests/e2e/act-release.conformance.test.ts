import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, expect } from '@jest/globals';

import { commitRelease, moveTag, pushRelease } from '../../scripts/release/release-repository.ts';
import { runAct } from './act.ts';
import { testWith } from './conformance-tool.ts';
import { runUser, USER_WORKFLOW, writeUser } from './release-user.ts';
import { releaseDirectory } from './run-bundle.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'sophia-act-release-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();

/**
 * The bare repository that `npm run release:dry` pushes to, made by its own functions from the tree that is built (the
 * rehearsal itself builds twice and has its own test). It lies where its URL on the server would be.
 */
async function releaseRepository(server: string): Promise<{ readonly origin: string; readonly sha: string }> {
  const origin = join(server, 'ai-cherry/sophia-actions');
  mkdirSync(origin, { recursive: true });
  git(origin, 'init', '--quiet', '--bare');
  // As GitHub does: a commit may be asked for by its hash.
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const [sourceSha = '', committedAt = ''] = git(root, 'log', '-1', '--format=%H %cI').split(' ');
  const gitDirectory = join(folder, 'tree.git');
  const version = '1.0.0';
  const sha = await commitRelease({
    ...{ gitDirectory, tree: releaseDirectory, remote: origin, version },
    source: { sha: sourceSha, committedAt },
  });
  await pushRelease(gitDirectory, origin, version);
  await moveTag(gitDirectory, origin, version);
  return { origin, sha };
}

function userRepository(refs: readonly string[]): string {
  const repository = writeUser(folder, refs);
  git(repository, 'init', '--quiet', '--initial-branch=main');
  git(repository, 'add', '--all');
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
  git(repository, ...author, 'commit', '--quiet', '--message', 'use');
  return repository;
}

/** What the last job saw: results and outputs of the others. */
const readTold = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

testWith('act')(
  'a workflow of another repository takes all five actions by v1, version and commit, in act as in the local runner',
  async () => {
    const server = join(folder, 'server');
    const { origin, sha } = await releaseRepository(server);
    const repository = userRepository(['v1', 'v1.0.0', sha]);
    const ours = join(folder, 'ours.json');
    const theirs = join(folder, 'theirs.json');

    const local = await runUser({ folder, repository, origin, told: ours });
    // act asks this server, a folder, for tags and commits as it would ask github.com.
    const act = await runAct({
      repository,
      workflow: USER_WORKFLOW,
      variables: { GITHUB_REPOSITORY: 'octo/user', GITHUB_SERVER_URL: `file://${server}` },
      environment: { ...process.env, TOLD_FILE: theirs },
    });

    expect(local.jobs.map(({ result }) => result)).toEqual(['success', 'success', 'success', 'success']);
    const results = Object.fromEntries(act.jobs.map(({ id, result }) => [id, result]));
    expect([results, act.log]).toEqual([
      { 'job-0': 'success', 'job-1': 'success', 'job-2': 'success', told: 'success' },
      expect.any(String),
    ]);
    const told = readTold(theirs);
    expect(told).toEqual(readTold(ours));
    expect(told['job-2']).toMatchObject({
      result: 'success',
      outputs: { 'secrets-esc-status': 'file', 'gate-pass-rate': '1', 'deployment-status': 'success' },
    });
    expect(act.log).toContain(`resolved to ${sha}`);
  },
  300_000,
);
