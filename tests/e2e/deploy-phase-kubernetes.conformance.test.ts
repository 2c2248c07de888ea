import { readFile, rm, writeFile } from 'node:fs/promises';

import { describe, expect } from '@jest/globals';

import { makeClusterWorkspace, service, settings, workload } from './cluster-workspace.ts';
import type { ClusterWorkspace } from './cluster-workspace.ts';
import { absentTools, testWith, toolPath } from './conformance-tool.ts';
import { CONTROL_PLANE, NOBODY } from './control-plane.ts';
import { expectOutputs } from './expect-outputs.ts';
import { sharedPlane } from './shared-plane.ts';

const LAST = { name: 'last', run: '[ ! -f fail ]', undo: 'none' };
const WEB = 'apps/v1/deployments/web';
const LONG_MS = 240_000;
const absent = absentTools(...CONTROL_PLANE);
if (absent.length > 0)
  console.log(
    `not here: ${absent.join(', ')}, so no control plane; the tests of the engine kubernetes on it are skipped`,
  );
const onCluster = testWith(...CONTROL_PLANE);

interface Refused {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

const plane = sharedPlane(absent);

let namespaces = 0;
const makeWork = (step: Readonly<Record<string, unknown>> = {}): Promise<ClusterWorkspace> => {
  namespaces += 1;
  const namespace = `shop-${namespaces}`;
  const web = { name: 'web', kubernetes: { manifests: 'k8s', namespace }, timeout: '5m', ...step };
  return makeClusterWorkspace(plane(), namespace, {
    deployment: { phases: [{ name: 'app', steps: [web, LAST] }] },
  });
};

/** `web:1` runs in three pods behind a Service, with the ConfigMap `one`. */
async function running(step: Readonly<Record<string, unknown>> = {}, spec = {}): Promise<ClusterWorkspace> {
  const work = await makeWork(step);
  await work.write(
    workload('Deployment', 'acme/web:1', { replicas: 3, ...spec }),
    settings('one'),
    service('web'),
  );
  const first = await work.run('d1');
  expectOutputs(first, { status: 'success' });
  expect(await work.images()).toEqual(['acme/web:1', 'acme/web:1', 'acme/web:1']);
  return work;
}

const value = async (work: ClusterWorkspace, name = 'settings') =>
  (await work.get(`v1/configmaps/${name}`)).data?.['value'];
const revision = async (work: ClusterWorkspace) =>
  (await work.get(WEB)).metadata.annotations?.['deployment.kubernetes.io/revision'];

describe('the engine kubernetes on a real control plane', () => {
  onCluster(
    'deploys, and on a later failure brings back revision and manifests, and deletes what was not there',
    async () => {
      const work = await running();
      await work.write(workload('Deployment', 'acme/web:2', { replicas: 3 }), settings('two'));
      await writeFile(work.path('k8s', 'extra.json'), JSON.stringify(settings('new', 'extra')));
      await writeFile(work.path('fail'), '');
      const failed = await work.run('d2');
      expectOutputs(failed, { status: 'rolled-back', 'failed-step': 'app/last' });
      expect(await work.images()).toEqual(['acme/web:1', 'acme/web:1', 'acme/web:1']);
      expect([await value(work), (await work.get('v1/configmaps/extra')).code]).toEqual(['one', 404]);
      // A new revision with the old template: what `rollout undo` does.
      expect(await revision(work)).toBe('3');
      await rm(work.path('fail'));
      expect((await work.run('d3')).outputs['status']).toBe('success');
      expect([(await work.images()).at(0), await value(work)]).toEqual(['acme/web:2', 'two']);
      await rm(work.path('k8s'), { recursive: true });
      const back = await work.run('d4', { phase: 'rollback', to: 'previous' });
      expectOutputs(back, { status: 'rolled-back' });
      expect(await work.images()).toEqual(['acme/web:1', 'acme/web:1', 'acme/web:1']);
      expect(await value(work)).toBe('one');
    },
    LONG_MS,
  );

  onCluster(
    'pods that are not ready within the time of the step: `rollout undo` brings back the last revision',
    async () => {
      const work = await running({ timeout: '20s' });
      await work.write(workload('Deployment', 'acme/web:broken', { replicas: 3 }));
      const failed = await work.run('d2');
      expect(failed.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/web' });
      expect((await work.report('d2')).items[0]).toMatchObject({ status: 'failure', category: 'timeout' });
      expect(failed.stdout).toContain('deployment.apps/web rolled back');
      expect(await work.images()).toEqual(['acme/web:1', 'acme/web:1', 'acme/web:1']);
    },
    LONG_MS,
  );

  onCluster(
    'pods that are not ready within the Deployment’s own deadline are a failure, and are undone',
    async () => {
      const work = await running({}, { progressDeadlineSeconds: 5 });
      const broken = { replicas: 3, progressDeadlineSeconds: 5 };
      await work.write(workload('Deployment', 'acme/web:broken', broken));
      const failed = await work.run('d2');
      expect(failed.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/web' });
      expect((await work.report('d2')).items[0]).toMatchObject({ status: 'failure', category: 'assertion' });
      expect(failed.stdout).toContain('exceeded its progress deadline');
      expect(await work.images()).toEqual(['acme/web:1', 'acme/web:1', 'acme/web:1']);
    },
    LONG_MS,
  );

  onCluster(
    'a very first release that does not come up is deleted',
    async () => {
      const work = await makeWork({ timeout: '15s' });
      await work.write(workload('Deployment', 'acme/web:broken'), settings('one'), service('web'));
      const failed = await work.run('d1');
      expect(failed.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/web' });
      for (const path of [WEB, 'v1/configmaps/settings', 'v1/services/web'])
        expect((await work.get(path)).code).toBe(404);
    },
    LONG_MS,
  );

  onCluster(
    'StatefulSets and DaemonSets go back by their revisions too',
    async () => {
      const work = await makeWork();
      const sets = (image: string) => [
        workload('StatefulSet', image, { replicas: 2, serviceName: 'web' }),
        workload('DaemonSet', image, {
          selector: { matchLabels: { app: 'agent' } },
          template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'a', image }] } },
        }),
      ];
      await work.write(...sets('acme/web:1'));
      expect((await work.run('d1')).outputs['status']).toBe('success');
      await work.write(...sets('acme/web:2'));
      await writeFile(work.path('fail'), '');
      const failed = await work.run('d2');
      expectOutputs(failed, { status: 'rolled-back' });
      expect(await work.images()).toEqual(['acme/web:1', 'acme/web:1']);
      for (const kind of ['statefulsets', 'daemonsets']) {
        const { spec } = await work.get(`apps/v1/${kind}/web`);
        expect(spec?.template?.spec.containers[0]?.image).toBe('acme/web:1');
      }
    },
    LONG_MS,
  );

  onCluster(
    'a StatefulSet whose new pods never become ready goes back, its broken pod with it',
    async () => {
      const work = await makeWork({ timeout: '15s' });
      await work.write(workload('StatefulSet', 'acme/web:1', { replicas: 2, serviceName: 'web' }));
      expect((await work.run('d1')).outputs['status']).toBe('success');
      await work.write(workload('StatefulSet', 'acme/web:broken', { replicas: 2, serviceName: 'web' }));
      const failed = await work.run('d2');
      expectOutputs(failed, { status: 'rolled-back' });
      expect(failed.stdout).toContain('deleted: web-1');
      expect(await work.images()).toEqual(['acme/web:1', 'acme/web:1']);
    },
    LONG_MS,
  );

  onCluster(
    'what the server refuses changes nothing: invalid manifests, another namespace, no right',
    async () => {
      const work = await running();
      const as = async (token: string) => ({
        ...work.variables,
        KUBECONFIG: await plane().kubeconfig(token),
      });
      let runs = 1;
      const refused = async (spec: Readonly<Record<string, unknown>>, more: Refused = {}) => {
        const { metadata = { name: 'web' }, variables = work.variables } = more;
        const changed = { ...workload('Deployment', 'acme/web:2', spec), metadata };
        await work.write(changed, settings('two'));
        runs += 1;
        const run = await work.deploy({ inputs: { 'deployment-id': `d${runs}` }, variables });
        expectOutputs(run, { 'failed-step': 'app/web' });
        return (await work.report(`d${runs}`)).items[0];
      };
      const named = (namespace: string) => ({ metadata: { name: 'web', namespace } });
      expect([
        await refused({ replicas: -1 }),
        await refused({ selector: { matchLabels: { app: 'other' } } }),
        await refused({ replica: 3 }),
        await refused({}, named('nowhere')),
        await refused({}, { metadata: { name: 'No_Name' } }),
        await refused({}, { variables: await as(NOBODY) }),
        await refused({}, { variables: await as('fake-unknown-token') }),
      ]).toMatchObject([
        { category: 'configuration', message: expect.stringContaining('spec.replicas') },
        { category: 'configuration', message: expect.stringContaining('selector') },
        { category: 'configuration', message: expect.stringContaining('replica') },
        { category: 'configuration', message: expect.stringContaining('nowhere') },
        { category: 'configuration', message: expect.stringContaining('No_Name') },
        { category: 'forbidden', message: expect.stringContaining('nobody') },
        { category: 'unauthorized' },
      ]);
      expect([(await work.images()).length, (await work.images())[0], await value(work)]).toEqual([
        3,
        'acme/web:1',
        'one',
      ]);
      expect(await revision(work)).toBe('1');
    },
    LONG_MS,
  );

  onCluster(
    'a run that is killed while it waits is taken up again, and ends on the new revision',
    async () => {
      const work = await running();
      await work.write(workload('Deployment', 'acme/web:broken', { replicas: 3 }));
      await work.runUntil('d2', 'Waiting for deployment');
      await work.write(workload('Deployment', 'acme/web:2', { replicas: 3 }));
      const again = await work.run('d3');
      expectOutputs(again, { status: 'success' });
      expect(await work.images()).toEqual(['acme/web:2', 'acme/web:2', 'acme/web:2']);
      // The one that was killed was rolled back before: its template is no revision in between.
      const journal = await readFile(work.path('logs', 'deployments', 'd2.jsonl'), 'utf8');
      expect(journal).toContain('"status":"rolled-back"');
    },
    LONG_MS,
  );

  onCluster(
    'a canary is refused before anything has run: the cluster has no Argo Rollouts',
    async () => {
      const work = await makeClusterWorkspace(plane(), 'canary', {
        deployment: {
          phases: [
            { name: 'first', steps: [{ name: 'a', run: 'touch ran', undo: 'none' }] },
            {
              name: 'app',
              strategy: 'canary',
              steps: [{ name: 'web', kubernetes: { manifests: 'k8s', namespace: 'canary' } }],
            },
          ],
        },
      });
      await work.write(workload('Deployment', 'acme/web:1'));
      // The plugin is no part of what is missing here.
      if (toolPath('kubectl-argo-rollouts') === '')
        await writeFile(work.path('bin', 'kubectl-argo-rollouts'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const run = await work.run('d1');
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toMatch(/\(NotFound\): .*rollouts\.argoproj\.io/);
      expect(run.stdout).toContain('nothing has run');
      await expect(work.read('ran')).rejects.toThrow();
      expect((await work.get(WEB)).code).toBe(404);
    },
    LONG_MS,
  );
});
