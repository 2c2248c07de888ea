import { rm, symlink } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { makeCluster, writeManifests } from './kubernetes-workspace.ts';
import type { Cluster } from './kubernetes-workspace.ts';

const STEP = { name: 'web', kubernetes: { manifests: 'k8s' } };
const phases = (...steps: readonly unknown[]) => ({ phases: [{ name: 'app', steps }] });

const deploy = (work: Cluster, deploymentId: string, more: Readonly<Record<string, string>> = {}) =>
  work.deploy({ inputs: { 'deployment-id': deploymentId, ...more }, variables: work.variables });

/** A cluster that runs `web:1` already. */
async function running(deployment: unknown): Promise<Cluster> {
  const work = await makeCluster(deployment);
  await writeManifests(work, { image: 'acme/web:1', value: 'one' });
  expect((await deploy(work, 'd1')).outputs['status']).toBe('success');
  await writeManifests(work, { image: 'acme/web:2', value: 'two', extra: true });
  return work;
}

describe('the engine kubernetes', () => {
  test('applies, waits, and on a later failure brings everything back and deletes what was not there', async () => {
    const work = await running(
      phases(STEP, { name: 'last', run: '[ "$SOPHIA_DEPLOYMENT_ID" = d1 ] || exit 1', undo: 'none' }),
    );
    expect(await work.content()).toEqual({
      'deployment/default/web': 'acme/web:1',
      'configmap/default/settings': 'one',
    });
    const run = await deploy(work, 'd2');
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/last' });
    expect(await work.content()).toEqual({
      'deployment/default/web': 'acme/web:1',
      'configmap/default/settings': 'one',
    });
    const calls = await work.calls();
    expect(calls).toContain('--namespace=default rollout undo deployment/web --to-revision=1');
  });

  test('a rollout that does not come up is a failure, and is undone', async () => {
    const work = await running(phases(STEP));
    await writeManifests(work, { image: 'acme/web:broken', value: 'two' });
    const run = await deploy(work, 'd2');
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/web' });
    expect(await work.content()).toMatchObject({ 'deployment/default/web': 'acme/web:1' });
    expect((await work.report('d2')).items[0]).toMatchObject({
      status: 'failure',
      message: expect.stringContaining('exceeded its progress deadline'),
    });
  });

  test.each([
    ['apply --dry-run=server', 'Error from server (Forbidden): deployments.apps is forbidden', 'forbidden'],
    ['apply --field-manager', 'error: You must be logged in to the server (Unauthorized)', 'unauthorized'],
    ['create', 'The connection to the server 127.0.0.1:1 was refused: connection refused', 'refused'],
  ])('%s that fails is told by its category, and nothing is waited for', async (words, message, category) => {
    const work = await running(phases(STEP));
    const before = (await work.calls()).length;
    await work.fail(words, message);
    await deploy(work, 'd2', { rollback: 'manual' });
    expect((await work.report('d2')).items[0]).toMatchObject({ status: 'failure', category });
    expect((await work.calls()).slice(before).join('\n')).not.toContain('rollout status');
  });

  test('a later rollback needs the journal alone, and not the manifests', async () => {
    const work = await running(phases(STEP));
    expect((await deploy(work, 'd2')).outputs['status']).toBe('success');
    expect(await work.content()).toMatchObject({ 'configmap/default/extra': 'new' });
    await rm(work.path('k8s'), { recursive: true });
    const back = await deploy(work, 'd3', { phase: 'rollback', to: 'previous' });
    expect(back.outputs['status']).toBe('rolled-back');
    expect(await work.content()).toEqual({
      'deployment/default/web': 'acme/web:1',
      'configmap/default/settings': 'one',
    });
  });

  test('images are put in, also from the outputs of an earlier step; a name that no manifest has is an error', async () => {
    const image = '${SOPHIA_OUTPUT_APP_BUILD_IMAGE}';
    const build = {
      name: 'build',
      run: 'echo "image=acme/web@sha256:abc" >> "$SOPHIA_OUTPUT"',
      outputs: ['image'],
      undo: 'none',
    };
    const step = { name: 'web', kubernetes: { manifests: ['k8s'], images: { 'acme/web': image } } };
    const work = await makeCluster(phases(build, step));
    await writeManifests(work, { image: 'acme/web:latest', value: 'one' });
    expect((await deploy(work, 'd1')).outputs['status']).toBe('success');
    expect(await work.content()).toMatchObject({ 'deployment/default/web': 'acme/web@sha256:abc' });
    await writeManifests(work, { image: 'acme/other:latest', value: 'one' });
    await deploy(work, 'd2');
    expect((await work.report('d2')).items[1]).toMatchObject({
      category: 'configuration',
      message: 'no manifest has an image named acme/web',
    });
  });

  test('a dry run prints the commands and calls nothing', async () => {
    const work = await makeCluster(phases(STEP));
    const run = await deploy(work, 'd1', { 'dry-run': 'true' });
    expect(run.outputs['status']).toBe('planned');
    expect(run.stdout).toContain('run: kubectl apply --field-manager=sophia-actions --filename=-');
    expect(run.stdout).toContain(
      'undo: kubectl rollout undo <each workload> --to-revision=<its revision before>',
    );
    expect(await work.calls()).toEqual([]);
  });

  test('without kubectl nothing runs', async () => {
    const work = await makeCluster(phases({ name: 'first', run: 'touch ran', undo: 'none' }, STEP));
    await rm(work.path('bin', 'kubectl'));
    await symlink('/bin/bash', work.path('bin', 'bash'));
    const run = await work.deploy({ variables: { PATH: work.path('bin') } });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('app/web: kubectl');
    await expect(work.read('ran')).rejects.toThrow();
  });
});
