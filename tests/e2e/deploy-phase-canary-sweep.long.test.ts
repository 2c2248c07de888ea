import { rm } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { killAtLine } from './kill-at-line.ts';
import { makeCluster, writeRollout } from './kubernetes-workspace.ts';
import type { Cluster } from './kubernetes-workspace.ts';

const strategy = {
  canary: {
    steps: [
      { weight: 10, pause: '100ms', gate: ['web'] },
      { weight: 50, gate: ['web'] },
    ],
  },
};
const checks = { web: { kind: 'command', command: ['true'] } };
const deployment = {
  phases: [{ name: 'app', strategy, steps: [{ name: 'web', kubernetes: { manifests: 'k8s' } }] }],
};

/** Start and end of deployment and phase, the note of the state before, and six steps with start and end. */
const LINES = 4 + 1 + 2 * 6;

/** A cluster that runs `web:1`, and in which the canary of `web:2` was killed at that line of its journal. */
async function killedAt(lines: number): Promise<Cluster | undefined> {
  const work = await makeCluster(deployment, { checks });
  const { variables } = work;
  await writeRollout(work, 'acme/web:1');
  await work.deploy({ inputs: { 'deployment-id': 'd1' }, variables });
  await writeRollout(work, 'acme/web:2');
  await rm(work.path('cluster', 'traffic.log'));
  const isKilled = await killAtLine(work, lines, { inputs: { 'deployment-id': 'd2' }, variables });
  return isKilled ? work : undefined;
}

const weights = async (work: Cluster) =>
  (await work.traffic())
    .map((line) => line.split(' '))
    .map(([weight, image]) => ({ weight: Number(weight), image }));

describe('a canary that is killed at each line of its journal', () => {
  test('ends, resumed, with all traffic at the new version, and rises unless it was begun anew', async () => {
    let killed = 0;
    for (let lines = 1; lines < LINES; lines += 1) {
      const work = await killedAt(lines);
      if (work === undefined) continue;
      killed += 1;
      const again = await work.deploy({ inputs: { 'deployment-id': 'd2' }, variables: work.variables });
      expect([lines, again.outputs['status']]).toEqual([lines, 'success']);
      const traffic = await weights(work);
      expect(traffic.at(-1)).toEqual({ weight: 100, image: 'acme/web:2' });
      const last = traffic.map(({ weight }) => weight).lastIndexOf(0);
      expect(traffic.slice(last).map(({ weight }) => weight)).toEqual([0, 10, 50, 100]);
    }
    expect(killed).toBeGreaterThan(LINES * 0.6);
  }, 600_000);

  test('ends, rolled back, with all traffic at the old version', async () => {
    let killed = 0;
    for (let lines = 1; lines < LINES; lines += 1) {
      const work = await killedAt(lines);
      if (work === undefined) continue;
      killed += 1;
      const inputs = { 'deployment-id': 'd2', phase: 'rollback' };
      const back = await work.deploy({ inputs, variables: work.variables });
      expect([lines, back.outputs['status']]).toEqual([lines, 'rolled-back']);
      const traffic = await weights(work);
      if (traffic.length > 0) expect(traffic.at(-1)).toEqual({ weight: 100, image: 'acme/web:1' });
      expect((await work.content())['rollout/default/web']).toBe('acme/web:1');
    }
    expect(killed).toBeGreaterThan(LINES * 0.6);
  }, 600_000);
});
