import { rm } from 'node:fs/promises';

import { expect } from '@jest/globals';

import { makeCluster, writeRollout } from './kubernetes-workspace.ts';
import type { Cluster } from './kubernetes-workspace.ts';
import type { BundleRun } from './run-bundle.ts';

/** A check that is red while the file `red` is there. */
export const checks = { web: { kind: 'command', command: ['test', '!', '-f', 'red'], retries: 0 } };
/** 10 % with an analysis of some time, then 50 % with one look. */
export const canary = {
  canary: {
    steps: [
      { weight: 10, pause: '200ms', gate: ['web'] },
      { weight: 50, gate: ['web'] },
    ],
  },
};
/** @returns a deployment section of one phase with that strategy, of which a Rollout `web` is the first step. */
export const phase = (strategy: unknown, ...more: readonly unknown[]) => ({
  phases: [{ name: 'app', strategy, steps: [{ name: 'web', kubernetes: { manifests: 'k8s' } }, ...more] }],
});

/** Deploys under that id. */
export const deploy = (
  work: Cluster,
  deploymentId: string,
  more: Readonly<Record<string, string>> = {},
): Promise<BundleRun> =>
  work.deploy({ inputs: { 'deployment-id': deploymentId, ...more }, variables: work.variables });

/** A cluster whose Rollout runs `web:1`, and a release of `web:2` that waits to be deployed. */
export async function running(deployment: unknown, strategy?: unknown): Promise<Cluster> {
  const work = await makeCluster(deployment, { checks });
  await writeRollout(work, 'acme/web:1', strategy);
  expect((await deploy(work, 'd1')).outputs['status']).toBe('success');
  await writeRollout(work, 'acme/web:2', strategy);
  await rm(work.path('cluster', 'traffic.log'));
  return work;
}

/** What a Rollout for blue-green has in its manifest. */
export const blueGreenRollout = { blueGreen: { activeService: 'web', previewService: 'web-preview' } };
/** Blue-green with one look before the switch. */
export const blueGreen = { 'blue-green': { gate: ['web'] } };
