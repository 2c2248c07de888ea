import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { makeFake } from './fake-program.ts';
import type { FakeWorkspace } from './fake-program.ts';
import type { PulumiWorld } from './fake-pulumi.ts';

const TOKEN = 'pul-fake-token';
const STEP = { name: 'stack', pulumi: { stack: 'dev', 'working-directory': 'infrastructure' } };
const LAST = { name: 'last', run: '[ "$SOPHIA_DEPLOYMENT_ID" != d2 ]', undo: 'none' };

/** A repository whose program `one` is up already, unless there is none. */
async function makeProject(...steps: readonly unknown[]): Promise<FakeWorkspace> {
  const world: PulumiWorld = { up: '', history: [], lock: null };
  const work = await makeFake('pulumi', world, { deployment: { phases: [{ name: 'app', steps }] } });
  await mkdir(work.path('infrastructure'));
  git(work, 'init', '--quiet');
  await commit(work, 'one');
  return work;
}

function git(work: FakeWorkspace, ...words: readonly string[]): string {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  return execFileSync('git', [...who, ...words], { cwd: work.directory, encoding: 'utf8' });
}

async function commit(work: FakeWorkspace, program: string): Promise<void> {
  await writeFile(work.path('infrastructure', 'program.txt'), `${program}\n`);
  git(work, 'add', 'infrastructure');
  git(work, 'commit', '--quiet', '-m', program);
}

const deploy = (work: FakeWorkspace, deploymentId: string, more: Readonly<Record<string, string>> = {}) =>
  work.deploy({
    inputs: { 'deployment-id': deploymentId, ...more },
    variables: { ...work.variables, PULUMI_ACCESS_TOKEN: TOKEN },
  });

const isUp = async (work: FakeWorkspace) => (await work.state<PulumiWorld>()).up;
const setWorld = async (work: FakeWorkspace, change: Partial<PulumiWorld>) =>
  writeFile(
    work.path('fake', 'world.json'),
    JSON.stringify({ ...(await work.state<PulumiWorld>()), ...change }),
  );

/** `one` is up by a deployment of ours, and the next program is there. */
async function upAlready(next: string, ...steps: readonly unknown[]): Promise<FakeWorkspace> {
  const work = await makeProject(...steps);
  expect((await deploy(work, 'd1')).outputs['status']).toBe('success');
  await commit(work, next);
  return work;
}

describe('the engine pulumi', () => {
  test('previews, brings up, and leaves the outputs of the stack for later steps', async () => {
    const use = 'echo "$SOPHIA_OUTPUT_APP_STACK_OUTPUTS" >> world.log';
    const work = await makeProject(STEP, { name: 'use', run: use, undo: 'none' });
    expect((await deploy(work, 'd1')).outputs['status']).toBe('success');
    expect(await isUp(work)).toBe('one');
    expect(await work.world()).toEqual(['{"address":"one","password":"[secret]"}']);
    expect((await work.calls()).join('\n')).not.toContain(TOKEN);
  });

  test('a later failure brings up the program of the last good update, once, and leaves no worktree', async () => {
    const work = await upAlready('two', STEP, LAST);
    const run = await deploy(work, 'd2');
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/last' });
    expect(await isUp(work)).toBe('one');
    expect((await work.calls()).filter((call) => call.startsWith('up'))).toHaveLength(3);
    expect(git(work, 'worktree', 'list').trim().split('\n')).toHaveLength(1);
  });

  test('an update that fails in the middle is told by its error, and undone', async () => {
    const work = await upAlready('broken', STEP);
    expect((await deploy(work, 'd2')).outputs['status']).toBe('rolled-back');
    expect((await work.report('d2')).items[0]).toMatchObject({
      status: 'failure',
      message: expect.stringContaining('error: creating bucket: quota'),
    });
    expect(await isUp(work)).toBe('one');
  });

  test('nothing was up before: nothing is destroyed, and what to do by hand is said', async () => {
    const work = await makeProject(STEP, { ...LAST, run: 'exit 1' });
    const run = await deploy(work, 'd1');
    expect(run.outputs['status']).toBe('rollback-failed');
    expect(run.stdout).toContain('pulumi destroy --stack dev');
    expect(await isUp(work)).toBe('one');
  });

  test('a preview that fails has changed nothing, and its undo only looks', async () => {
    const work = await upAlready('two', STEP);
    await work.fail('preview', 'error: performing HTTP request: connect: connection refused');
    expect((await deploy(work, 'd2')).outputs['status']).toBe('rolled-back');
    expect((await work.report('d2')).items[0]).toMatchObject({ category: 'refused' });
    expect((await work.calls()).filter((call) => call.startsWith('up'))).toHaveLength(1);
  });

  test('the lock of a dead process of this machine is taken away; of a living one it is not', async () => {
    const work = await upAlready('two', STEP);
    await setWorld(work, { lock: process.pid });
    await deploy(work, 'd2');
    expect((await work.report('d2')).items[0]).toMatchObject({
      message: expect.stringContaining(`another update holds the lock of the stack (process ${process.pid}`),
    });
    expect((await work.state<PulumiWorld>()).lock).toBe(process.pid);
    const { pid } = spawnSync('true');
    await setWorld(work, { lock: pid });
    expect((await deploy(work, 'd3')).outputs['status']).toBe('success');
    expect(await isUp(work)).toBe('two');
  });

  test('an update that was killed before it changed anything: its undo cancels its lock, and no living one', async () => {
    const work = await upAlready('two', STEP);
    await work.fail('preview', 'error: stopped');
    const { pid } = spawnSync('true');
    for (const [id, lock, left] of [
      ['d2', pid, null],
      ['d3', process.pid, process.pid],
    ] as const) {
      await setWorld(work, { lock });
      expect((await deploy(work, id)).outputs['status']).toBe('rolled-back');
      expect((await work.state<PulumiWorld>()).lock).toBe(left);
    }
  });

  test('a later rollback needs the journal and the repository alone', async () => {
    const work = await upAlready('two', STEP);
    expect((await deploy(work, 'd2')).outputs['status']).toBe('success');
    const back = await deploy(work, 'd3', { phase: 'rollback', to: 'previous' });
    expect(back.outputs['status']).toBe('rolled-back');
    expect(await isUp(work)).toBe('one');
  });

  test('a stack that does not exist is refused before anything has changed', async () => {
    const work = await makeProject({ ...STEP, pulumi: { ...STEP.pulumi, stack: 'nowhere' } });
    await deploy(work, 'd1');
    expect((await work.report('d1')).items[0]).toMatchObject({ category: 'not-found' });
    expect((await work.calls()).join('\n')).not.toMatch(/^(preview|up)/m);
  });

  test('a dry run prints the commands and calls nothing; without pulumi nothing runs', async () => {
    const work = await makeProject({ name: 'first', run: ['touch', 'ran'], undo: 'none' }, STEP);
    const planned = await deploy(work, 'd1', { 'dry-run': 'true' });
    expect(planned.stdout).toContain('run: pulumi up --yes --skip-preview --stack=dev --non-interactive');
    expect(planned.stdout).toContain('undo: git worktree add');
    expect(await work.calls()).toEqual([]);
    await rm(work.path('bin', 'pulumi'));
    await symlink('/usr/bin/git', work.path('bin', 'git'));
    const run = await work.deploy({ variables: { PATH: work.path('bin') } });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('app/stack: pulumi');
    await expect(work.read('ran')).rejects.toThrow();
  });
});
