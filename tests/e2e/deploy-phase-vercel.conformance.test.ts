import { mkdir, symlink, writeFile } from 'node:fs/promises';

import { describe, expect } from '@jest/globals';
import { startVercel } from '@sophia/standins/vercel';
import { vercelDeployments } from '@sophia/standins/vercel-deployments';
import type { VercelDeployments } from '@sophia/standins/vercel-deployments';

import { testWith, toolPath } from './conformance-tool.ts';
import { makeWorkspace } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';

const TOKEN = 'fakeverceltoken';
const PROJECT = { id: 'prj_shop', name: 'shop', team: 'team_acme', teamSlug: 'acme', domain: 'shop.example' };
const STEP = {
  name: 'web',
  vercel: { 'working-directory': 'frontend', project: PROJECT.id, team: PROJECT.team },
};

interface Site {
  readonly work: Workspace;
  readonly vercel: VercelDeployments;
  /** Methods and paths that the program asked for. */
  asked(): readonly string[];
  deploy(token?: string): ReturnType<Workspace['deploy']>;
}

/** A site whose `vercel` is the real program, which is told of the stand-in by its own configuration file. */
async function withSite(steps: readonly unknown[], use: (site: Site) => Promise<void>): Promise<void> {
  const vercel = vercelDeployments(PROJECT);
  const standin = await startVercel({ token: TOKEN, more: vercel.routes });
  try {
    const work = await makeWorkspace({ phases: [{ name: 'app', steps }] });
    await mkdir(work.path('data', 'com.vercel.cli'), { recursive: true });
    await writeFile(work.path('data', 'com.vercel.cli', 'config.json'), JSON.stringify({ api: standin.url }));
    await mkdir(work.path('bin'));
    await symlink(toolPath('vercel'), work.path('bin', 'vercel'));
    await mkdir(work.path('frontend'));
    await writeFile(work.path('frontend', 'index.html'), '<h1>Shop</h1>');
    const variables = {
      PATH: `${work.path('bin')}:${process.env['PATH']}`,
      XDG_DATA_HOME: work.path('data'),
    };
    await use({
      work,
      vercel,
      asked: () => standin.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`),
      deploy: (token = TOKEN) =>
        work.deploy({ inputs: { 'deployment-id': 'd1' }, variables: { ...variables, VERCEL_TOKEN: token } }),
    });
  } finally {
    await standin.close();
  }
}

describe('the engine vercel with the real program', () => {
  testWith('vercel')('stages, promotes, and leaves the address', async () => {
    await withSite([STEP], async ({ vercel, deploy, asked }) => {
      const run = await deploy();
      expect(run.outputs['status']).toBe('success');
      expect(vercel.production).toBe('dpl_2');
      expect(asked().filter((one) => one.startsWith('POST'))).toEqual([
        'POST /v13/deployments',
        'POST /v10/projects/prj_shop/promote/dpl_2',
      ]);
    });
  });

  testWith('vercel')('goes back by promoting what was there before', async () => {
    const last = { name: 'last', run: 'exit 1', undo: 'none' };
    await withSite([STEP, last], async ({ vercel, deploy }) => {
      expect((await deploy()).outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/last' });
      expect(vercel.production).toBe('dpl_1');
    });
  });

  testWith('vercel')('a promotion that Vercel skips is a failure, though the program ends well', async () => {
    await withSite([STEP], async ({ vercel, deploy, work }) => {
      vercel.promotes = false;
      await deploy();
      expect((await work.report('d1')).items[0]).toMatchObject({
        category: 'assertion',
        message: expect.stringContaining('dpl_2 was promoted, but dpl_1 is in production'),
      });
    });
  });

  testWith('vercel')('a wrong token is unauthorized, and nothing has changed', async () => {
    await withSite([STEP], async ({ vercel, deploy, work }) => {
      await deploy('anotherfaketoken');
      expect((await work.report('d1')).items[0]).toMatchObject({ category: 'unauthorized' });
      expect(vercel.production).toBe('dpl_1');
    });
  });
});
