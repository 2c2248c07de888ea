import { rm, writeFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import type { DockerWorld } from './fake-docker.ts';
import { makeFake } from './fake-program.ts';
import type { FakeWorkspace } from './fake-program.ts';

const OLD = `sha256:${'0'.repeat(64)}`;
const IMAGE = 'registry.example/acme/web';
const WORLD: DockerWorld = { tags: { [`${IMAGE}:latest`]: OLD }, digests: [OLD], secrets: {} };
const STEP = { name: 'image', docker: { image: IMAGE, tags: ['latest', 'v2'] } };
const LAST = { name: 'last', run: 'exit 1', undo: 'none' };

async function makeRepository(...steps: readonly unknown[]): Promise<FakeWorkspace> {
  const work = await makeFake('docker', WORLD, { deployment: { phases: [{ name: 'app', steps }] } });
  await writeFile(work.path('Dockerfile'), 'FROM scratch\n');
  return work;
}

const deploy = (work: FakeWorkspace, deploymentId: string, more: Readonly<Record<string, string>> = {}) =>
  work.deploy({ inputs: { 'deployment-id': deploymentId }, variables: { ...work.variables, ...more } });

const tags = async (work: FakeWorkspace) => (await work.state<DockerWorld>()).tags;

describe('the engine docker', () => {
  test('builds, pushes, and leaves digest and reference for later steps', async () => {
    const use = 'echo "$SOPHIA_OUTPUT_APP_IMAGE_REFERENCE" >> world.log';
    const work = await makeRepository(STEP, { name: 'use', run: use, undo: 'none' });
    expect((await deploy(work, 'd1')).outputs['status']).toBe('success');
    const digest = (await work.state<DockerWorld>()).digests[1] ?? '';
    expect(await tags(work)).toEqual({ [`${IMAGE}:latest`]: digest, [`${IMAGE}:v2`]: digest });
    expect(await work.world()).toEqual([`${IMAGE}@${digest}`]);
  });

  test('a later failure points a tag back, and leaves one that was not there, with a warning', async () => {
    const work = await makeRepository(STEP, LAST);
    const run = await deploy(work, 'd1');
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/last' });
    expect(await tags(work)).toMatchObject({ [`${IMAGE}:latest`]: OLD, [`${IMAGE}:v2`]: expect.any(String) });
    expect(run.stdout).toContain(`${IMAGE}:v2 was not there before, and stays`);
    expect((await work.calls()).filter((call) => call.includes('create'))).toHaveLength(1);
  });

  test('a build that fails has moved no tag, and its undo only looks', async () => {
    const work = await makeRepository({ ...STEP, docker: { ...STEP.docker, context: 'nowhere' } });
    expect((await deploy(work, 'd1')).outputs['status']).toBe('rolled-back');
    expect((await work.report('d1')).items[0]).toMatchObject({
      category: 'configuration',
      message: expect.stringContaining('failed to read dockerfile'),
    });
    expect(await tags(work)).toEqual(WORLD.tags);
    expect((await work.calls()).join('\n')).not.toContain('create');
  });

  test('secrets reach the build by the environment, never by an argument', async () => {
    const docker = { ...STEP.docker, 'build-secrets': { npm: 'NPM_TOKEN' } };
    const work = await makeRepository({ ...STEP, docker, secrets: ['NPM_TOKEN'] });
    await deploy(work, 'd1', { NPM_TOKEN: 'npm-fake-token-0001' });
    expect((await work.state<DockerWorld>()).secrets).toEqual({ npm: 'npm-fake-token-0001' });
    expect((await work.calls()).join('\n')).toContain('--secret=id=npm,env=NPM_TOKEN');
    expect((await work.calls()).join('\n')).not.toContain('npm-fake-token-0001');
  });

  test.each([
    ['imagetools inspect', 'ERROR: failed to authorize: 401 Unauthorized', 'unauthorized'],
    ['buildx build', 'ERROR: failed to solve: push access denied, repository does not exist', 'forbidden'],
    [
      'buildx build',
      'ERROR: failed to do request: dial tcp 127.0.0.1:1: connect: connection refused',
      'refused',
    ],
    [
      'buildx build',
      'ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1',
      'assertion',
    ],
  ])('%s that fails is told by its category: %s', async (words, message, category) => {
    const work = await makeRepository(STEP);
    await work.fail(words, message);
    await deploy(work, 'd1');
    expect(await tags(work)).toEqual(WORLD.tags);
    expect((await work.report('d1')).items[0]).toMatchObject({ status: 'failure', category });
  });

  test('without buildx nothing has run', async () => {
    const work = await makeRepository({ name: 'first', run: 'touch ran', undo: 'none' }, STEP);
    await work.fail('buildx version', "docker: 'buildx' is not a docker command.");
    expect((await deploy(work, 'd1')).exitCode).toBe(1);
    await rm(work.path('bin', 'docker'));
    const run = await work.deploy({ variables: { PATH: work.path('bin') } });
    expect(run.exitCode).toBe(1);
    await expect(work.read('ran')).rejects.toThrow();
  });
});
