import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

import { describe, expect } from '@jest/globals';

import { testWith } from './conformance-tool.ts';
import { expectOutputs } from './expect-outputs.ts';
import { locked, makeProject, PASSPHRASE, upAlready, updating } from './pulumi-project.ts';

const STEP = {
  name: 'stack',
  pulumi: { stack: 'dev', 'working-directory': 'infrastructure' },
  timeout: '90s',
};
const LAST = { name: 'last', run: '[ "$SOPHIA_DEPLOYMENT_ID" != d2 ]', undo: 'none' };
const onPulumi = testWith('pulumi', 'pulumi-language-yaml');
const LONG_MS = 240_000;

describe('the engine pulumi with the real pulumi', () => {
  onPulumi(
    'previews, brings up, and leaves the outputs of the stack for later steps, secrets hidden',
    async () => {
      const use = 'echo "$SOPHIA_OUTPUT_APP_STACK_OUTPUTS" >> world.log';
      const work = await makeProject(STEP, { name: 'use', run: use, undo: 'none' });
      const run = await work.run('d1');
      expectOutputs(run, { status: 'success' });
      expect(run.stdout.indexOf('Previewing update (dev)')).toBeGreaterThan(-1);
      expect(run.stdout.indexOf('Updating (dev)')).toBeGreaterThan(
        run.stdout.indexOf('Previewing update (dev)'),
      );
      expect(JSON.parse(await work.read('world.log'))).toEqual({ address: 'one', password: '[secret]' });
      expect(run.stdout.replace(/^::add-mask::.*$/gm, '')).not.toContain(PASSPHRASE);
      expect(run.stdout).not.toContain('pw-one');
      expect(await work.locks()).toEqual([]);
    },
    LONG_MS,
  );

  onPulumi(
    'a later failure brings up the program of the commit before, and so does a later rollback',
    async () => {
      const work = await upAlready('two', STEP, LAST);
      const failed = await work.run('d2');
      expect(failed.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/last' });
      expect(failed.stdout).not.toContain('unknown files');
      expect(work.up()).toBe('one');
      expect(work.git('worktree', 'list').trim().split('\n')).toHaveLength(1);
      expect((await work.run('d3')).outputs['status']).toBe('success');
      expect(work.up()).toBe('two');
      const back = await work.run('d4', { phase: 'rollback', to: 'previous' });
      expect(back.outputs['status']).toBe('rolled-back');
      expect(work.up()).toBe('one');
      expect(await work.locks()).toEqual([]);
    },
    LONG_MS,
  );

  onPulumi(
    'a clone without the commit before fetches it for the undo',
    async () => {
      const work = await upAlready('two', STEP, LAST);
      const origin = work.path('home', 'origin.git');
      work.git('clone', '--quiet', '--bare', '.', origin);
      await rm(work.path('.git'), { recursive: true });
      work.git('clone', '--quiet', '--bare', '--depth=1', `file://${encodeURI(origin)}`, '.git');
      work.git('config', 'core.bare', 'false');
      work.git('reset', '--quiet');
      const failed = await work.run('d2');
      expect(failed.stdout).toContain('is not in this clone');
      expect(failed.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/last' });
      expect(work.up()).toBe('one');
    },
    LONG_MS,
  );

  onPulumi(
    'a program that fails its preview is told by its error, and nothing has changed',
    async () => {
      const work = await upAlready('two', STEP);
      await work.commit('broken', {
        other: { type: 'pulumi:pulumi:StackReference', properties: { name: 'organization/app/nowhere' } },
      });
      const failed = await work.run('d2');
      expect(failed.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/stack' });
      expect((await work.report('d2')).items[0]).toMatchObject({
        status: 'failure',
        category: 'not-found',
        message: expect.stringContaining('unknown stack "organization/app/nowhere"'),
      });
      expect(failed.stdout).toContain('nothing to go back from');
      expect(work.up()).toBe('one');
    },
    LONG_MS,
  );

  onPulumi(
    'no program was up before: nothing is destroyed, and what to do by hand is said',
    async () => {
      const work = await makeProject(STEP, { ...LAST, run: 'exit 1' });
      const run = await work.run('d1');
      expect(run.outputs['status']).toBe('rollback-failed');
      expect(run.stdout).toContain('pulumi destroy --stack dev');
      expect(work.up()).toBe('one');
    },
    LONG_MS,
  );

  onPulumi(
    'the lock of a living update is left; that of a dead one of this machine is cancelled',
    async () => {
      const work = await upAlready('two', STEP);
      await writeFile(work.path('slow'), '');
      const other = spawn(work.path('bin', 'pulumi'), ['up', '--yes', '--skip-preview', '--stack=dev'], {
        cwd: work.path('infrastructure'),
        stdio: 'ignore',
        detached: true,
        env: { ...process.env, ...work.variables },
      });
      const ended = new Promise((done) => other.on('close', done));
      try {
        await locked(work);
        await rm(work.path('slow'));
        await work.run('d2');
        expect((await work.report('d2')).items[0]).toMatchObject({
          message: expect.stringContaining(
            `another update holds the lock of the stack (process ${other.pid} on ${hostname()})`,
          ),
        });
        expect(await work.locks()).toHaveLength(1);
      } finally {
        process.kill(-(other.pid ?? 0), 'SIGKILL');
        await ended;
      }
      const run = await work.run('d3');
      expectOutputs(run, { status: 'success' });
      expect(run.stdout).toContain(
        `process ${other.pid} of this machine held the lock and is dead: cancelled`,
      );
      expect(work.up()).toBe('two');
      expect(await work.locks()).toEqual([]);
    },
    LONG_MS,
  );

  onPulumi(
    'a run that is killed during its update, and its pulumi with it, is done again: its own lock is cancelled',
    async () => {
      const work = await upAlready('two', STEP);
      const { kill, run } = await updating(work);
      kill('SIGKILL');
      const [lock = ''] = await work.locks();
      const { pid } = JSON.parse(await work.read('state', lock)) as { readonly pid: number };
      process.kill(pid, 'SIGKILL');
      await run;
      await rm(work.path('slow'));
      const again = await work.run('d2');
      expectOutputs(again, { status: 'success' });
      expect(again.stdout).toContain(`process ${pid} of this machine held the lock and is dead: cancelled`);
      expect(work.up()).toBe('two');
      expect(await work.locks()).toEqual([]);
    },
    LONG_MS,
  );

  onPulumi(
    'a cancelled run stops its update within seconds; the post step finds the stack as it was',
    async () => {
      const work = await upAlready('two', STEP);
      const { kill, run } = await updating(work);
      kill('SIGINT');
      const cancelled = await run;
      expectOutputs(cancelled, { status: 'cancelled' });
      await rm(work.path('slow'));
      const inputs = { 'deployment-id': 'd2' };
      const post = await work.deploy({
        inputs,
        variables: work.variables,
        entry: 'post',
        state: cancelled.state,
      });
      expect([post.stdout, post.exitCode]).toEqual([post.stdout, 0]);
      expect(await work.report('d2')).toMatchObject({ status: 'rolled-back' });
      expect(work.up()).toBe('one');
      expect((await work.run('d3')).outputs['status']).toBe('success');
      expect(await work.locks()).toEqual([]);
    },
    LONG_MS,
  );

  onPulumi(
    'an update that takes too long is killed, and its undo leaves no lock of it',
    async () => {
      const work = await upAlready('two', { ...STEP, timeout: '25s' });
      await writeFile(work.path('slow'), '');
      const failed = await work.run('d2');
      expectOutputs(failed, { status: 'rolled-back' });
      expect((await work.report('d2')).items[0]).toMatchObject({ category: 'timeout' });
      expect(failed.stdout).toContain('of this machine held the lock and is dead: cancelled');
      expect(await work.locks()).toEqual([]);
      expect(work.up()).toBe('one');
    },
    LONG_MS,
  );

  onPulumi(
    'a wrong passphrase and an unknown stack are told by their categories, before anything has changed',
    async () => {
      const work = await upAlready('two', STEP);
      const variables = { ...work.variables, PULUMI_CONFIG_PASSPHRASE: 'another fake' };
      await work.deploy({ inputs: { 'deployment-id': 'd2' }, variables });
      expect((await work.report('d2')).items[0]).toMatchObject({ category: 'configuration' });
      expect(work.up()).toBe('one');
      work.pulumi('stack', 'rename', 'other', '--stack=dev');
      await work.run('d3');
      expect((await work.report('d3')).items[0]).toMatchObject({ category: 'not-found' });
    },
    LONG_MS,
  );
});
