// What tests of the engine pulumi with the real pulumi share.
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter } from 'node:path';

import { stringify } from 'yaml';

import { toolPath } from './conformance-tool.ts';
import { makeWorkspace } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';
import { expectOutputs } from './expect-outputs.ts';

/** Of the stack's secrets. */
export const PASSPHRASE = 'fake passphrase 7g7g7g';

/** A repository with a program for the real pulumi, and its backend of files. */
export interface Project extends Workspace {
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
export async function makeProject(...steps: readonly unknown[]): Promise<Project> {
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
export async function upAlready(next: string, ...steps: readonly unknown[]): Promise<Project> {
  const work = await makeProject(...steps);
  const first = await work.run('d1');
  expectOutputs(first, { status: 'success' });
  await work.commit(next);
  return work;
}

/** Begins the deployment `d2` and waits until its update holds the lock, in which it stays. */
export async function updating(work: Project) {
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
export async function locked(work: Project): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await work.locks()).length === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no update has begun within a minute');
}
