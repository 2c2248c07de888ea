import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';

import { afterEach, describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@sophia/standins/certificate';
import { startKubernetes } from '@sophia/standins/kubernetes';
import type { Kubernetes } from '@sophia/standins/kubernetes';

import { makeWorkspace } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';
import { expectOutputs } from './expect-outputs.ts';
import { writeManifests } from './kubernetes-workspace.ts';

const TOKEN = 'fake-cluster-token-4d4d4d';
/** Older ones ask for a whole OpenAPI 2 document before a dry run, which the stand-in has not. */
const OLDEST_MINOR = 27;
const version =
  spawnSync('kubectl', ['version', '--client', '--output=json'], { encoding: 'utf8' }).stdout ?? '';
const isThere = Number(/"minor": "(\d+)/.exec(version)?.[1] ?? 0) >= OLDEST_MINOR;
if (!isThere) console.log(`not here: kubectl 1.${OLDEST_MINOR} or later in PATH; its tests are skipped`);

const started: Kubernetes[] = [];
afterEach(async () => {
  for (const cluster of started.splice(0)) await cluster.close();
});

interface Running extends Workspace {
  readonly cluster: Kubernetes;
  run(deploymentId: string, more?: Readonly<Record<string, string>>): ReturnType<Workspace['deploy']>;
  /** The image that runs, and what the ConfigMap holds. */
  content(): readonly [string | undefined, string | undefined];
}

/** The real kubectl before a stand-in of the API server that runs `web:1`. */
async function running(): Promise<Running> {
  // kubectl sends a token over TLS only.
  const tls = selfSignedCertificate();
  const cluster = await startKubernetes({ token: TOKEN, tls });
  started.push(cluster);
  const steps = [
    { name: 'web', kubernetes: { manifests: 'k8s' } },
    { name: 'last', run: '[ ! -f fail ]', undo: 'none' },
  ];
  const work = await makeWorkspace({ phases: [{ name: 'app', steps }] });
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: cluster.url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: TOKEN } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(work.path('kubeconfig'), JSON.stringify(kubeconfig));
  const variables = { KUBECONFIG: work.path('kubeconfig'), HOME: work.directory };
  const run: Running['run'] = (id, more = {}) =>
    work.deploy({ inputs: { 'deployment-id': id, ...more }, variables });
  await writeManifests(work, { image: 'acme/web:1', value: 'one' });
  const first = await run('d1');
  expectOutputs(first, { status: 'success' });
  await writeManifests(work, { image: 'acme/web:2', value: 'two', extra: true });
  const content = () => {
    const image = /"image":"([^"]+)"/.exec(
      JSON.stringify(cluster.store.get('deployments', 'default', 'web')?.spec),
    );
    return [image?.[1], cluster.store.get('configmaps', 'default', 'settings')?.data?.['value']] as const;
  };
  return { ...work, cluster, run, content };
}

(isThere ? describe : describe.skip)('the engine kubernetes with the real kubectl', () => {
  test('deploys, and on a later failure brings back revision and manifests, and deletes what was not there', async () => {
    const work = await running();
    expect(work.content()).toEqual(['acme/web:1', 'one']);
    await writeFile(work.path('fail'), '');
    const failed = await work.run('d2');
    expect(failed.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/last' });
    expect(work.content()).toEqual(['acme/web:1', 'one']);
    expect(work.cluster.store.get('configmaps', 'default', 'extra')).toBeUndefined();
    await rm(work.path('fail'));
    expect((await work.run('d3')).outputs['status']).toBe('success');
    expect(work.content()).toEqual(['acme/web:2', 'two']);
    await rm(work.path('k8s'), { recursive: true });
    const back = await work.run('d4', { phase: 'rollback', to: 'previous' });
    expect(back.outputs['status']).toBe('rolled-back');
    expect(work.content()).toEqual(['acme/web:1', 'one']);
  }, 120_000);

  test('a rollout past its deadline is a failure, and is undone', async () => {
    const work = await running();
    await writeManifests(work, { image: 'acme/web:broken', value: 'two' });
    const failed = await work.run('d2');
    expect(failed.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/web' });
    expect(failed.stdout).toContain('exceeded its progress deadline');
    expect(work.content()).toEqual(['acme/web:1', 'one']);
  }, 120_000);

  test.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [500, 'server-error'],
  ] as const)(
    'an answer of %d is told as %s, and no token is shown',
    async (status, category) => {
      const work = await running();
      try {
        work.cluster.fail(status, { method: 'PATCH' });
        const failed = await work.run('d2', { rollback: 'manual' });
        expect((await work.report('d2')).items[0]).toMatchObject({ status: 'failure', category });
        expect(failed.stdout).not.toContain(TOKEN);
      } finally {
        await work.cluster.close();
      }
    },
    120_000,
  );
});
