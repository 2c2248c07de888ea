import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { startGitHub } from '@sophia/standins/github';
import type { GitHubStandin } from '@sophia/standins/github';

import { makeWorkspace, noted, until } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';
import type { BundleRequest } from './run-bundle.ts';

const TOKEN = 'fake-github-token-5a5a5a';
const SHA = '0123456789abcdef0123456789abcdef01234567';

let github: GitHubStandin;
beforeEach(async () => {
  github = await startGitHub({ repository: 'acme/app', token: TOKEN, runs: [{ id: 812, headSha: SHA }] });
});
afterEach(() => github.close());

const api = () => ({ GITHUB_API_URL: github.url });

async function get(path: string): Promise<readonly Record<string, unknown>[]> {
  const answer = await fetch(`${github.url}/repos/acme/app${path}`, {
    headers: { authorization: `token ${TOKEN}` },
  });
  return (await answer.json()) as readonly Record<string, unknown>[];
}

describe("GitHub's record of a deployment", () => {
  test('follows it to its end, with the head of the journal and a link to the run', async () => {
    const work = await makeWorkspace(
      { phases: [{ name: 'p', steps: [noted('a')] }] },
      { environments: { staging: {} } },
    );
    const inputs = { 'deployment-id': 'd1', 'github-token': TOKEN };
    const run = await work.deploy({ inputs, variables: api() });
    expect(run.exitCode).toBe(0);
    const [deployment] = await get('/deployments');
    expect(deployment).toMatchObject({ environment: 'staging', sha: SHA, description: 'd1' });
    const statuses = await get(`/deployments/${String(deployment?.['id'])}/statuses`);
    expect(statuses.map(({ state }) => state)).toEqual(['success', 'in_progress']);
    const { head } = (await work.report('d1')).details['journal'] as { head: string };
    expect(statuses[0]).toMatchObject({
      description: `success; journal head ${head}`,
      log_url: 'https://github.com/acme/app/actions/runs/812/attempts/1',
    });
    expect(run.stdout.replaceAll(`::add-mask::${TOKEN}`, '')).not.toContain(TOKEN);
  });

  test('is one record, also when a later run rolls the deployment back', async () => {
    const work = await makeWorkspace({
      phases: [{ name: 'p', 'on-failure': 'stop', steps: [noted('a'), { name: 'b', run: 'false' }] }],
    });
    const inputs = { 'deployment-id': 'd1', 'github-token': TOKEN };
    await work.deploy({ inputs, variables: api() });
    await work.deploy({ inputs: { ...inputs, phase: 'rollback' }, variables: api() });
    const deployments = await get('/deployments');
    expect(deployments).toHaveLength(1);
    const statuses = await get(`/deployments/${String(deployments[0]?.['id'])}/statuses`);
    expect(statuses[0]?.['description']).toMatch(/^rolled-back; journal head/);
  });

  test('is a warning where GitHub refuses it; the deployment goes on', async () => {
    const work = await makeWorkspace({ phases: [{ name: 'p', steps: [noted('a')] }] });
    const inputs = { 'deployment-id': 'd1', 'github-token': 'wrong-token-1234' };
    const run = await work.deploy({ inputs, variables: api() });
    expect(run).toMatchObject({ exitCode: 0, outputs: { status: 'success' } });
    expect(run.stdout).toContain('::warning::the deployment is not recorded on GitHub: GitHub answered 401');
  });
});

describe('a journal in a git ref', () => {
  const inputs = { 'deployment-id': 'd1', 'journal-token': TOKEN };
  const phases = [
    { name: 'p', steps: [noted('a')] },
    { name: 'q', steps: [noted('b', { run: 'echo +b >> world.log; test -f calm || sleep 60' })] },
  ];
  const workspace = () => makeWorkspace({ journal: 'git-ref', phases });
  const start = (work: Workspace, more: Partial<BundleRequest> = {}) =>
    work.deploy({ inputs, ...more, variables: { ...api(), ...more.variables } });

  /** Another machine: the same configuration, none of the files. */
  async function elsewhere(): Promise<Workspace> {
    const work = await workspace();
    await writeFile(work.path('calm'), '');
    return work;
  }

  async function killedAtB(signal: NodeJS.Signals = 'SIGKILL') {
    const work = await workspace();
    let kill: (signal: NodeJS.Signals) => void = () => undefined;
    const run = start(work, { onStart: (started) => (kill = started.kill) });
    await until(async () => (await work.world()).includes('+b'));
    kill(signal);
    return { work, run: await run };
  }

  test('is the same as the file, line by line, and its lock is free afterwards', async () => {
    const work = await elsewhere();
    expect(await start(work)).toMatchObject({ exitCode: 0, outputs: { status: 'success' } });
    expect(await refFile('d1.jsonl')).toBe(await work.read('logs/deployments/d1.jsonl'));
    expect(JSON.parse((await refFile('lock.json')) ?? '')).toEqual({ fence: 1, holder: null });
    expect((await start(work)).stdout).toContain('the deployment d1 is finished (success)');
  });

  test('lets a run on another machine resume what a dead one left, by a later attempt of its job', async () => {
    const { work } = await killedAtB();
    expect(await work.world()).toEqual(['+a', '+b']);
    const other = await elsewhere();
    const resumed = await start(other, { variables: { GITHUB_RUN_ATTEMPT: '2' } });
    expect(resumed).toMatchObject({ exitCode: 0, outputs: { status: 'success' } });
    expect(await other.world()).toEqual(['-b', '+b']);
    expect((await other.journal('d1')).find(({ type }) => type === 'override')).toMatchObject({
      reason: 'd1: it belongs to an earlier step or attempt of this job',
    });
  });

  test('lets a run on another machine roll back what a dead one left, without the file', async () => {
    await killedAtB();
    const other = await elsewhere();
    const back = await start(other, { inputs: { ...inputs, phase: 'rollback' } });
    expect(back).toMatchObject({ exitCode: 0, outputs: { status: 'rolled-back' } });
    expect(await other.world()).toEqual(['-b', '-a']);
    expect(await refFile('d1.jsonl')).toBe(await other.read('logs/deployments/d1.jsonl'));
  });

  test('is compensated by the post step after a cancel, within the time of both', async () => {
    const { work, run } = await killedAtB('SIGINT');
    expect(run.outputs['status']).toBe('cancelled');
    const post = await start(work, { entry: 'post', state: run.state });
    expect(post.exitCode).toBe(0);
    expect(await work.world()).toEqual(['+a', '+b', '-b', '-a']);
    expect(await refFile('d1.jsonl')).toBe(await work.read('logs/deployments/d1.jsonl'));
  });

  test('stops a run whose lock another one has taken over: nothing of the newer one is overwritten', async () => {
    const work = await workspace();
    const run = start(work);
    await until(async () => (await work.world()).includes('+b'));
    const newer = await elsewhere();
    expect(await start(newer, { variables: { GITHUB_RUN_ATTEMPT: '2' } })).toMatchObject({ exitCode: 0 });
    const journal = await refFile('d1.jsonl');
    await writeFile(work.path('calm'), '');
    for (const pid of await sleepers(work)) process.kill(pid, 'SIGKILL');
    const older = await run;
    expect(older.exitCode).toBe(1);
    expect(older.stdout).toContain('another run has taken refs/sophia/default over');
    expect(await work.world()).toEqual(['+a', '+b']);
    expect(await refFile('d1.jsonl')).toBe(journal);
  });

  test('without a token is refused before anything runs', async () => {
    const work = await workspace();
    const run = await work.deploy({ inputs: { 'deployment-id': 'd1' }, variables: api() });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('`journal: git-ref` needs a token and a repository');
    expect(await work.world()).toEqual([]);
  });

  test('that cannot be written stops the deployment before the first step', async () => {
    const work = await workspace();
    const run = await start(work, { inputs: { ...inputs, 'journal-token': 'wrong-token-1234' } });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('GitHub answered 401');
    expect(await work.world()).toEqual([]);
  });
});

/** @returns a file at the head of the environment's ref. */
async function refFile(path: string): Promise<string | undefined> {
  const one = async (below: string) => (await get(below)) as unknown as Record<string, unknown>;
  const ref = (await one('/git/ref/sophia/default')) as { object: { sha: string } };
  const commit = (await one(`/git/commits/${ref.object.sha}`)) as { tree: { sha: string } };
  const tree = (await one(`/git/trees/${commit.tree.sha}`)) as { tree: { path: string; sha: string }[] };
  const entry = tree.tree.find((found) => found.path === path);
  if (entry === undefined) return undefined;
  const blob = (await one(`/git/blobs/${entry.sha}`)) as { content: string };
  return Buffer.from(blob.content, 'base64').toString('utf8');
}

/** The `sleep`s of steps that run in a workspace. */
async function sleepers({ directory }: Workspace): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return cwd === directory && command.startsWith('sleep\0') ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
