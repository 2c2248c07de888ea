import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { makeWorkspace, noted, until } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';

const inputs = { 'deployment-id': 'd1' };
const hang = 'echo +b >> world.log; test -f calm || sleep 60';

/** Starts a deployment and kills it, or signals it, when its steps have noted so many words. */
async function interrupt(work: Workspace, signal: NodeJS.Signals, words: number) {
  let kill: (signal: NodeJS.Signals) => void = () => undefined;
  const run = work.deploy({ inputs, onStart: (started) => (kill = started.kill) });
  await until(async () => (await work.world()).length >= words);
  const signalled = performance.now();
  kill(signal);
  return { run: await run, tookMs: performance.now() - signalled };
}

const workspace = () =>
  makeWorkspace({
    phases: [
      { name: 'p', steps: [noted('a')] },
      { name: 'q', steps: [noted('b', { run: hang }), noted('c')] },
    ],
  });

describe('a run that is killed', () => {
  test('is resumed under its id: what was in flight is undone and run again, what was done is not', async () => {
    const work = await workspace();
    await interrupt(work, 'SIGKILL', 2);
    await appendFile(work.path('logs/deployments/d1.jsonl'), '{"seq":99,"torn');
    await appendFile(work.path('calm'), '');
    const resumed = await work.deploy({ inputs });
    expect(resumed).toMatchObject({ exitCode: 0, outputs: { status: 'success' } });
    expect(await work.world()).toEqual(['+a', '+b', '-b', '+b', '+c']);
    const events = await work.journal('d1');
    expect(events.find(({ type }) => type === 'deployment.resumed')).toMatchObject({
      dropped: { bytes: 15 },
    });
    expect(events.find(({ type }) => type === 'override')).toMatchObject({ what: 'lock taken over' });
  });

  test('has what it left running ended first, and no program of another repository with the same ids', async () => {
    const leave = 'echo $$ > left.pid; echo +b >> world.log; exec sleep 60';
    const work = await makeWorkspace({ phases: [{ name: 'q', steps: [noted('b', { run: leave })] }] });
    await interrupt(work, 'SIGKILL', 1);
    const started = (await work.journal('d1')).find(({ type }) => type === 'deployment.started');
    const mark = {
      SOPHIA_DEPLOYMENT_ID: 'd1',
      SOPHIA_ENVIRONMENT: started?.type === 'deployment.started' ? started.environment : '',
      SOPHIA_STEP: 'q/b',
    };
    const stranger = spawn('sleep', ['60'], { env: { ...mark, GITHUB_REPOSITORY: 'acme/other' } });
    const ours = spawn('sleep', ['60'], { env: { ...mark, GITHUB_REPOSITORY: 'acme/app' } });
    const ended = once(ours, 'exit');
    try {
      await work.deploy({ inputs: { ...inputs, phase: 'rollback' } });
      const left = Number(await readFile(work.path('left.pid'), 'utf8'));
      // One that has ended has no command line, also before anybody has asked how it ended.
      expect(await readFile(`/proc/${left}/cmdline`, 'utf8').catch(() => '')).toBe('');
      expect(await ended).toEqual([null, 'SIGTERM']);
      expect(stranger).toMatchObject({ exitCode: null, signalCode: null });
    } finally {
      stranger.kill('SIGKILL');
      ours.kill('SIGKILL');
    }
  });

  test('can be rolled back from its journal alone, the step in flight first', async () => {
    const work = await workspace();
    await interrupt(work, 'SIGKILL', 2);
    const rollback = await work.deploy({ inputs: { ...inputs, phase: 'rollback', config: 'nowhere.yml' } });
    expect(rollback).toMatchObject({ exitCode: 0, outputs: { status: 'rolled-back' } });
    expect(await work.world()).toEqual(['+a', '+b', '-b', '-a']);
  });

  test('is rolled back before another deployment to its environment begins', async () => {
    const work = await workspace();
    await interrupt(work, 'SIGKILL', 2);
    await appendFile(work.path('calm'), '');
    const next = await work.deploy({ inputs: { 'deployment-id': 'd2' } });
    expect(next).toMatchObject({ exitCode: 0, outputs: { status: 'success', 'deployment-id': 'd2' } });
    expect(await work.world()).toEqual(['+a', '+b', '-b', '-a', '+a', '+b', '+c']);
  });

  test('is not resumed under `resume: never`, nor with another plan', async () => {
    const work = await workspace();
    await interrupt(work, 'SIGKILL', 2);
    const never = await work.deploy({ inputs: { ...inputs, resume: 'never' } });
    expect(never.stdout).toContain('the deployment d1 is unfinished, and `resume` is never');
    const other = await work.deploy({ inputs, variables: { GITHUB_SHA: 'f'.repeat(40) } });
    expect(other.stdout).toContain('was begun with another plan');
    expect(await work.world()).toEqual(['+a', '+b']);
  });
});

describe('a run that is cancelled', () => {
  test('ends within 7 seconds, also if its step ignores signals, and its post step rolls back', async () => {
    const work = await makeWorkspace({
      phases: [
        { name: 'p', steps: [noted('a'), noted('b', { run: `trap '' INT TERM; ${hang}; sleep 60` })] },
      ],
    });
    const { run, tookMs } = await interrupt(work, 'SIGINT', 2);
    expect(run).toMatchObject({ exitCode: 1, outputs: { status: 'cancelled' } });
    expect(tookMs).toBeLessThan(7_000);
    expect(await work.world()).toEqual(['+a', '+b']);
    const post = await work.deploy({ inputs, entry: 'post', state: run.state });
    expect(post.exitCode).toBe(0);
    expect(await work.world()).toEqual(['+a', '+b', '-b', '-a']);
    expect(await work.report('d1')).toMatchObject({ status: 'rolled-back' });
    expect((await work.journal('d1')).find(({ type }) => type === 'rollback.started')).toMatchObject({
      reason: 'cancelled',
    });
  });

  test('leaves the journal open where the post step has no time, for a later rollback', async () => {
    const work = await makeWorkspace({
      timeout: '60s',
      'rollback-timeout': '2s',
      phases: [
        {
          name: 'p',
          steps: [
            noted('a'),
            noted('b', { run: hang, undo: 'test -f calm || sleep 60; echo -b >> world.log' }),
          ],
        },
      ],
    });
    const { run } = await interrupt(work, 'SIGINT', 2);
    await work.deploy({ inputs, entry: 'post', state: run.state });
    expect((await work.journal('d1')).some(({ type }) => type === 'deployment.finished')).toBe(false);
    await appendFile(work.path('calm'), '');
    const later = await work.deploy({ inputs: { ...inputs, phase: 'rollback' } });
    expect(later).toMatchObject({ exitCode: 0, outputs: { status: 'rolled-back' } });
    expect(await work.world()).toEqual(['+a', '+b', '-b', '-a']);
  });

  test('and a run that ended by itself leave the post step nothing to do', async () => {
    const work = await makeWorkspace({ phases: [{ name: 'p', steps: [noted('a')] }] });
    const run = await work.deploy({ inputs });
    const before = await work.read('logs/deployments/d1.jsonl');
    const post = await work.deploy({ inputs, entry: 'post', state: run.state });
    expect(post).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await work.read('logs/deployments/d1.jsonl')).toBe(before);
  });
});
