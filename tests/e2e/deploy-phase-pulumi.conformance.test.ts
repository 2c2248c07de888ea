import { execFileSync, spawn } from 'node:child_process';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { delimiter } from 'node:path';

import { describe, expect } from '@jest/globals';
import { stringify } from 'yaml';

import { testWith, toolPath } from './conformance-tool.ts';
import { makeWorkspace } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';

const PASSPHRASE = 'fake passphrase 7g7g7g';
const STEP = {
  name: 'stack',
  pulumi: { stack: 'dev', 'working-directory': 'infrastructure' },
  timeout: '90s',
};
const LAST = { name: 'last', run: '[ "$SOPHIA_DEPLOYMENT_ID" != d2 ]', undo: 'none' };
const onPulumi = testWith('pulumi', 'pulumi-language-yaml');
const LONG_MS = 240_000;

interface Project extends Workspace {
  readonly variables: Readonly<Record<string, string>>;
  run(deploymentId: string, more?: Readonly<Record<string, string>>): ReturnType<Workspace['deploy']>;
  /** Runs pulumi beside the action. */
  pulumi(...words: readonly string[]): string;
  git(...words: readonly string[]): string;
  /** The program whose outputs are up, or undefined. */
  up(): unknown;
  /** Lock files of the backend. */
  locks(): Promise<readonly string[]>;
  /** Commits a program with this address as its output, and resources. */
  commit(address: string, resources?: Readonly<Record<string, unknown>>): Promise<void>;
}

/** A repository whose program is `one`, with an empty stack in a backend of files. */
async function makeProject(...steps: readonly unknown[]): Promise<Project> {
  const work = await makeWorkspace({ phases: [{ name: 'app', steps }] });
  for (const name of ['bin', 'infrastructure', 'state', 'home']) await mkdir(work.path(name));
  await symlink(toolPath('pulumi'), work.path('bin', 'pulumi'));
  // An update that takes its time, while the file `slow` is there: once it has the lock, the host of its language hangs.
  const isSlow = `[ -f '${work.path('slow')}' ] && ls '${work.path('state')}'/.pulumi/locks/*/*/*/*.json > /dev/null 2>&1`;
  const host = `#!/bin/sh\nif ${isSlow}; then sleep 60; fi\nexec '${toolPath('pulumi-language-yaml')}' "$@"\n`;
  await writeFile(work.path('bin', 'pulumi-language-yaml'), host, { mode: 0o755 });
  const variables = {
    PATH: `${work.path('bin')}${delimiter}${process.env['PATH']}`,
    HOME: work.path('home'),
    PULUMI_HOME: work.path('home'),
    PULUMI_BACKEND_URL: `file://${encodeURI(work.path('state'))}`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
  };
  const options = { encoding: 'utf8', env: { ...process.env, ...variables } } as const;
  const git: Project['git'] = (...words) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...words], {
      ...options,
      cwd: work.directory,
    });
  const pulumi: Project['pulumi'] = (...words) =>
    execFileSync(work.path('bin', 'pulumi'), [...words, '--non-interactive'], {
      ...options,
      cwd: work.path('infrastructure'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const project: Project = {
    ...work,
    variables,
    git,
    pulumi,
    run: (id, more = {}) => work.deploy({ inputs: { 'deployment-id': id, ...more }, variables }),
    up: () =>
      (JSON.parse(pulumi('stack', 'output', '--json', '--stack=dev')) as Record<string, unknown>)['address'],
    async locks() {
      const files = await readdir(work.path('state'), { recursive: true }).catch(() => []);
      return files.filter((file) => /locks\/.*\.json$/.test(file));
    },
    async commit(address, resources) {
      const outputs = { address, password: { 'fn::secret': `pw-${address}` } };
      const program = { name: 'app', runtime: 'yaml', ...(resources && { resources }), outputs };
      await writeFile(work.path('infrastructure', 'Pulumi.yaml'), stringify(program));
      git('add', '--all');
      git('commit', '--quiet', '-m', address);
    },
  };
  await writeFile(work.path('.gitignore'), '/bin\n/home\n/state\n/logs\n/slow\n/world.log\n');
  git('init', '--quiet');
  await project.commit('one');
  pulumi('stack', 'init', 'dev');
  // The salt of the stack's secrets.
  git('add', '--all');
  git('commit', '--quiet', '--amend', '--no-edit');
  return project;
}

/** `one` is up by a deployment of ours, and the next program is there. */
async function upAlready(next: string, ...steps: readonly unknown[]): Promise<Project> {
  const work = await makeProject(...steps);
  const first = await work.run('d1');
  expect([first.stdout, first.outputs['status']]).toEqual([first.stdout, 'success']);
  await work.commit(next);
  return work;
}

/** Begins the deployment `d2` and waits until its update holds the lock, in which it stays. */
async function updating(work: Project) {
  await writeFile(work.path('slow'), '');
  let kill: (signal: NodeJS.Signals) => void = () => undefined;
  const run = work.deploy({
    inputs: { 'deployment-id': 'd2' },
    variables: work.variables,
    onStart: (started) => (kill = started.kill),
  });
  await locked(work);
  return { run, kill: (signal: NodeJS.Signals) => kill(signal) };
}

/** Waits until an update holds the lock. */
async function locked(work: Project): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await work.locks()).length === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no update has begun within a minute');
}

describe('the engine pulumi with the real pulumi', () => {
  onPulumi(
    'previews, brings up, and leaves the outputs of the stack for later steps, secrets hidden',
    async () => {
      const use = 'echo "$SOPHIA_OUTPUT_APP_STACK_OUTPUTS" >> world.log';
      const work = await makeProject(STEP, { name: 'use', run: use, undo: 'none' });
      const run = await work.run('d1');
      expect([run.stdout, run.outputs['status']]).toEqual([run.stdout, 'success']);
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
      expect([run.stdout, run.outputs['status']]).toEqual([run.stdout, 'success']);
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
      expect([again.stdout, again.outputs['status']]).toEqual([again.stdout, 'success']);
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
      expect([cancelled.stdout, cancelled.outputs['status']]).toEqual([cancelled.stdout, 'cancelled']);
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
      expect([failed.stdout, failed.outputs['status']]).toEqual([failed.stdout, 'rolled-back']);
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
