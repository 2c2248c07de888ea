import { rm, writeFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { makeCluster, writeRollout } from './kubernetes-workspace.ts';
import type { Cluster } from './kubernetes-workspace.ts';

const checks = { web: { kind: 'command', command: ['test', '!', '-f', 'red'], retries: 0 } };
const canary = {
  canary: {
    steps: [
      { weight: 10, pause: '200ms', gate: ['web'] },
      { weight: 50, gate: ['web'] },
    ],
  },
};
const phase = (strategy: unknown, ...more: readonly unknown[]) => ({
  phases: [{ name: 'app', strategy, steps: [{ name: 'web', kubernetes: { manifests: 'k8s' } }, ...more] }],
});

const deploy = (work: Cluster, deploymentId: string, more: Readonly<Record<string, string>> = {}) =>
  work.deploy({ inputs: { 'deployment-id': deploymentId, ...more }, variables: work.variables });

/** A cluster whose Rollout runs `web:1`, and a release of `web:2` that waits to be deployed. */
async function running(deployment: unknown, strategy?: unknown): Promise<Cluster> {
  const work = await makeCluster(deployment, { checks });
  await writeRollout(work, 'acme/web:1', strategy);
  expect((await deploy(work, 'd1')).outputs['status']).toBe('success');
  await writeRollout(work, 'acme/web:2', strategy);
  await rm(work.path('cluster', 'traffic.log'));
  return work;
}

describe('a canary', () => {
  test('moves the traffic step by step, each with its lines in the journal, and then all of it', async () => {
    const work = await running(phase(canary));
    expect((await deploy(work, 'd2')).outputs['status']).toBe('success');
    expect(await work.traffic()).toEqual([
      '0 acme/web:2',
      '10 acme/web:2',
      '50 acme/web:2',
      '100 acme/web:2',
    ]);
    const begun = (await work.journal('d2')).flatMap((event) =>
      event.type === 'step.started' ? event.step : [],
    );
    expect(begun).toEqual([
      'web',
      'web.canary-10',
      'web.canary-10-analysis',
      'web.canary-50',
      'web.canary-50-analysis',
      'web.promote',
    ]);
  });

  test('whose analysis turns red is rolled back before anybody else gets the new version', async () => {
    const work = await running(phase(canary));
    await writeFile(work.path('red'), '');
    const run = await deploy(work, 'd2');
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/web.canary-10-analysis' });
    expect(await work.traffic()).toEqual(['0 acme/web:2', '10 acme/web:2', '100 acme/web:1']);
  });

  test('that does not come up at its second step is rolled back', async () => {
    const work = await running(phase(canary));
    await writeRollout(work, 'acme/web:broken');
    const run = await deploy(work, 'd2');
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/web.canary-50' });
    expect((await work.traffic()).at(-1)).toBe('100 acme/web:1');
    expect((await work.report('d2')).items[3]?.message).toContain('ProgressDeadlineExceeded');
  });

  test('that ended well is undone, all its steps away, when a later step fails', async () => {
    const last = { name: 'last', run: '[ "$SOPHIA_DEPLOYMENT_ID" = d1 ]', undo: 'none' };
    const work = await running(phase(canary, last));
    expect((await deploy(work, 'd2')).outputs['status']).toBe('rolled-back');
    expect((await work.traffic()).slice(-3)).toEqual(['100 acme/web:2', '0 acme/web:1', '100 acme/web:1']);
  });
});

describe('blue-green', () => {
  const strategy = { 'blue-green': { gate: ['web'] } };
  const rollout = { blueGreen: { activeService: 'web', previewService: 'web-preview' } };

  test('switches all traffic after its gate', async () => {
    const work = await running(phase(strategy), rollout);
    expect((await deploy(work, 'd2')).outputs['status']).toBe('success');
    expect(await work.traffic()).toEqual(['0 acme/web:2', '100 acme/web:2']);
  });

  test('whose gate is red switches nothing', async () => {
    const work = await running(phase(strategy), rollout);
    await writeFile(work.path('red'), '');
    expect((await deploy(work, 'd2')).outputs).toMatchObject({
      status: 'rolled-back',
      'failed-step': 'app/web.analysis',
    });
    expect(await work.traffic()).toEqual(['0 acme/web:2', '100 acme/web:1']);
  });
});

describe('a strategy that cannot be', () => {
  test('is refused before anything has run where the cluster has no Argo Rollouts', async () => {
    const first = { name: 'first', run: 'touch ran', undo: 'none' };
    const work = await makeCluster({ phases: [{ name: 'a', steps: [first] }, ...phase('canary').phases] });
    await writeRollout(work, 'acme/web:1');
    await writeFile(work.path('cluster', 'no-rollouts'), '');
    const run = await deploy(work, 'd1');
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('rollouts.argoproj.io');
    expect(run.stdout).toContain('nothing has run');
    await expect(work.read('ran')).rejects.toThrow();
  });

  test.each([
    [
      'canary',
      { phases: [{ name: 'app', strategy: 'canary', steps: [{ name: 'a', run: 'true' }] }] },
      'no step of an engine',
    ],
    ['a gate that is not there', phase({ 'blue-green': { gate: ['wbe'] } }), 'no check is named "wbe"'],
    ['falling weights', phase({ canary: { steps: [{ weight: 50 }, { weight: 10 }] } }), 'weights that rise'],
    ['too long', phase({ canary: { steps: [{ weight: 50, pause: '1h' }] } }), 'its pauses take'],
    ['an unknown name', phase('rolling'), 'expected all-at-once, blue-green, canary'],
  ])('%s is an error with its line', async (_what, deployment, message) => {
    const work = await makeCluster(deployment, { checks });
    const run = await deploy(work, 'd1');
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/sophia\.yml:\d+:\d+/);
    expect(run.stdout).toContain(message);
  });

  test('steps in the manifest beside those of the phase are refused', async () => {
    const work = await makeCluster(phase(canary), { checks });
    await writeRollout(work, 'acme/web:1', { canary: { steps: [{ setWeight: 20 }] } });
    await deploy(work, 'd1');
    expect((await work.report('d1')).items[0]).toMatchObject({
      category: 'configuration',
      message: expect.stringContaining('leave spec.strategy.canary.steps out'),
    });
  });
});
