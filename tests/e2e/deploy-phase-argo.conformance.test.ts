import { rm, writeFile } from 'node:fs/promises';

import { describe, expect } from '@jest/globals';

import { startArgoRollouts, WITH_ARGO } from './argo-rollouts.ts';
import { makeClusterWorkspace, service, template } from './cluster-workspace.ts';
import type { ClusterWorkspace } from './cluster-workspace.ts';
import { absentTools, testWith } from './conformance-tool.ts';
import { ADMIN } from './control-plane.ts';
import { expectOutputs } from './expect-outputs.ts';
import { sharedPlane } from './shared-plane.ts';

/** Generous: what is proven is the order of things; a loaded machine starts ten pods in minutes. */
const LONG_MS = 900_000;
const absent = absentTools(...WITH_ARGO);
if (absent.length > 0)
  console.log(`not here: ${absent.join(', ')}, so no Argo Rollouts; the tests of canaries on it are skipped`);
const onArgo = testWith(...WITH_ARGO);

const plane = sharedPlane(absent, startArgoRollouts);

/** 10 % and 50 %, each with one look of the check `web`. */
const CANARY = {
  canary: {
    steps: [
      { weight: 10, gate: ['web'] },
      { weight: 50, gate: ['web'] },
    ],
  },
};
const BLUE_GREEN = { 'blue-green': { gate: ['web'] } };
const SERVICES = { blueGreen: { activeService: 'web', previewService: 'web-preview' } };

const rollout = (image: string, strategy: unknown, spec = {}) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'web' },
  spec: {
    replicas: 10,
    selector: { matchLabels: { app: 'web' } },
    strategy,
    template: template(image),
    ...spec,
  },
});

let namespaces = 0;

/** A Rollout of ten pods runs `web:1`. Its check notes which images run in `seen.log`, is red while `red` is there, and aborts while `abort` is. */
async function running(
  strategy: unknown,
  manifest: unknown = { canary: {} },
  spec = {},
): Promise<ClusterWorkspace> {
  namespaces += 1;
  const namespace = `shop-${namespaces}`;
  const step = { name: 'web', kubernetes: { manifests: 'k8s', namespace }, timeout: '5m' };
  const last = { name: 'last', run: '[ ! -f fail ]', undo: 'none' };
  const work = await makeClusterWorkspace(plane(), namespace, {
    deployment: {
      timeout: '20m',
      'rollback-timeout': '10m',
      phases: [
        { name: 'app', strategy, steps: [step] },
        { name: 'end', steps: [last] },
      ],
    },
    checks: { web: { kind: 'command', command: ['./look'], retries: 0 } },
  });
  const target = `--kubeconfig='${await plane().kubeconfig(ADMIN)}' --namespace=${namespace}`;
  const images = `--output='jsonpath={range .items[*]}{.spec.containers[0].image}{"\\n"}{end}'`;
  const look = `#!/bin/sh
bin/kubectl ${target} get pods ${images} | sort | uniq -c | tr -s '\\n ' ' ' >> seen.log
echo >> seen.log
[ ! -f abort ] || bin/kubectl-argo-rollouts ${target} abort web
test ! -f red
`;
  await writeFile(work.path('look'), look, { mode: 0o755 });
  await work.write(rollout('acme/web:1', manifest, spec));
  for (const name of ['web', 'web-preview']) {
    await writeFile(work.path('k8s', `${name}.json`), JSON.stringify(service(name)));
  }
  const first = await work.run('d1');
  expectOutputs(first, { status: 'success' });
  await work.write(rollout('acme/web:2', manifest, spec));
  await rm(work.path('seen.log'), { force: true });
  return work;
}

const seen = async (work: ClusterWorkspace) =>
  (await work.read('seen.log').catch(() => ''))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
const ten = (image: string) => Array.from({ length: 10 }, () => image);
const phase = async (work: ClusterWorkspace) =>
  (await work.get('argoproj.io/v1alpha1/rollouts/web')).status?.phase;
const activeHash = async (work: ClusterWorkspace, name = 'web') =>
  (await work.get(`v1/services/${name}`)).spec?.selector?.['rollouts-pod-template-hash'];

describe('a canary by the real Argo Rollouts', () => {
  onArgo(
    'goes step by step, and then gets everything; a later failure brings all of it back',
    async () => {
      const work = await running(CANARY);
      const run = await work.run('d2');
      expectOutputs(run, { status: 'success' });
      expect(await seen(work)).toEqual(['9 acme/web:1 1 acme/web:2', '5 acme/web:1 5 acme/web:2']);
      expect(await work.images()).toEqual(ten('acme/web:2'));
      await work.write(rollout('acme/web:3', { canary: {} }));
      await writeFile(work.path('fail'), '');
      const failed = await work.run('d3');
      expectOutputs(failed, { status: 'rolled-back', 'failed-step': 'end/last' });
      expect([await work.images(), await phase(work)]).toEqual([ten('acme/web:2'), 'Healthy']);
    },
    LONG_MS,
  );

  onArgo(
    'whose analysis turns red is aborted: the old version has all pods again, and the next canary goes well',
    async () => {
      const work = await running(CANARY);
      await writeFile(work.path('red'), '');
      const failed = await work.run('d2');
      expectOutputs(failed, { status: 'rolled-back', 'failed-step': 'app/web.canary-10-analysis' });
      expect(await seen(work)).toEqual(['9 acme/web:1 1 acme/web:2']);
      expect([await work.images(), await phase(work)]).toEqual([ten('acme/web:1'), 'Healthy']);
      await rm(work.path('red'));
      const next = await work.run('d3');
      expectOutputs(next, { status: 'success' });
      expect(await work.images()).toEqual(ten('acme/web:2'));
    },
    LONG_MS,
  );

  onArgo(
    'that somebody aborts is a failure of its next step, and is rolled back',
    async () => {
      const work = await running(CANARY);
      await writeFile(work.path('abort'), '');
      const failed = await work.run('d2');
      expectOutputs(failed, { status: 'rolled-back', 'failed-step': 'app/web.canary-50' });
      expect((await work.report('d2')).items.map(({ message }) => message).join('\n')).toContain('aborted');
      expect([await work.images(), await phase(work)]).toEqual([ten('acme/web:1'), 'Healthy']);
    },
    LONG_MS,
  );

  onArgo(
    'whose pods do not come up fails its step, and is rolled back',
    async () => {
      const work = await running(CANARY, { canary: {} }, { progressDeadlineSeconds: 10 });
      await work.write(rollout('acme/web:broken', { canary: {} }, { progressDeadlineSeconds: 10 }));
      const failed = await work.run('d2');
      expectOutputs(failed, { status: 'rolled-back', 'failed-step': 'app/web.canary-10' });
      expect((await work.report('d2')).items.map(({ message }) => message).join('\n')).toContain(
        'ProgressDeadlineExceeded',
      );
      expect([await work.images(), await phase(work)]).toEqual([ten('acme/web:1'), 'Healthy']);
    },
    LONG_MS,
  );

  onArgo(
    'that was killed in the middle goes on where it was',
    async () => {
      const work = await running(CANARY);
      await work.runUntil('d2', 'app/web.canary-50 ');
      const again = await work.run('d2');
      expectOutputs(again, { status: 'success' });
      expect((await seen(work)).at(-1)).toBe('5 acme/web:1 5 acme/web:2');
      expect(await work.images()).toEqual(ten('acme/web:2'));
    },
    LONG_MS,
  );
});

describe('blue-green by the real Argo Rollouts', () => {
  onArgo(
    'switches after its gate is green, and not where it is red',
    async () => {
      const work = await running(BLUE_GREEN, SERVICES);
      const old = await activeHash(work);
      await writeFile(work.path('red'), '');
      const failed = await work.run('d2');
      expectOutputs(failed, { status: 'rolled-back', 'failed-step': 'app/web.analysis' });
      expect(await seen(work)).toEqual(['10 acme/web:1 10 acme/web:2']);
      expect([await activeHash(work), await phase(work)]).toEqual([old, 'Healthy']);
      await rm(work.path('red'));
      const run = await work.run('d3');
      expectOutputs(run, { status: 'success' });
      expect(await activeHash(work)).not.toBe(old);
      expect(await activeHash(work)).toBe(await activeHash(work, 'web-preview'));
    },
    LONG_MS,
  );
});
