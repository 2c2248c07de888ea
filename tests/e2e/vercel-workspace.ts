import { mkdir } from 'node:fs/promises';

import { makeFake } from './fake-program.ts';
import type { FakeWorkspace } from './fake-program.ts';
import type { VercelWorld } from './fake-vercel.ts';

/** The one that the fake takes; obviously no real one. */
export const TOKEN = 'fake-vercel-token';

const WORLD: VercelWorld = {
  production: 'dpl_1',
  deployments: { dpl_1: 'READY' },
  becomes: 'READY',
  promotes: true,
};

/** A step that deploys the frontend. */
export const STEP = {
  name: 'web',
  vercel: { 'working-directory': 'frontend', project: 'prj_shop', team: 'team_acme' },
};

/** @returns a site whose `vercel` is a fake, with `dpl_1` in production. */
export async function makeSite(
  deployment: unknown,
  world: Partial<VercelWorld> = {},
  others: Readonly<Record<string, unknown>> = {},
): Promise<FakeWorkspace> {
  const work = await makeFake('vercel', { ...WORLD, ...world }, { ...others, deployment });
  await mkdir(work.path('frontend'));
  return work;
}

/** Deploys under that id, with a token. */
export const deploy = (
  work: FakeWorkspace,
  deploymentId: string,
  more: Readonly<Record<string, string>> = {},
) =>
  work.deploy({
    inputs: { 'deployment-id': deploymentId, ...more },
    variables: { ...work.variables, VERCEL_TOKEN: TOKEN },
  });

/** @returns the deployment that users get. */
export const production = async (work: FakeWorkspace): Promise<string> =>
  (await work.state<VercelWorld>()).production;
