import { writeFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { makeCluster, writeRollout } from './kubernetes-workspace.ts';
import {
  blueGreen,
  blueGreenRollout,
  canary,
  checks,
  deploy,
  phase,
  running,
} from './strategies-workspace.ts';

// The other ways of a canary and of blue-green are in deploy-phase-strategies.long.test.ts.

describe('a canary', () => {
  test('whose analysis turns red is rolled back before anybody else gets the new version', async () => {
    const work = await running(phase(canary));
    await writeFile(work.path('red'), '');
    const run = await deploy(work, 'd2');
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/web.canary-10-analysis' });
    expect(await work.traffic()).toEqual(['0 acme/web:2', '10 acme/web:2', '100 acme/web:1']);
  });
});

describe('blue-green', () => {
  test('switches all traffic after its gate', async () => {
    const work = await running(phase(blueGreen), blueGreenRollout);
    expect((await deploy(work, 'd2')).outputs['status']).toBe('success');
    expect(await work.traffic()).toEqual(['0 acme/web:2', '100 acme/web:2']);
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
