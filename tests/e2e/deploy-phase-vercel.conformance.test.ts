import { execFile } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

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
  /** Runs the program by hand, as a user would. @returns what it printed */
  program(...args: readonly string[]): Promise<string>;
}

/** A site whose `vercel` is the real program, which is told of the stand-in by its own configuration file. */
async function withSite(
  steps: readonly unknown[],
  use: (site: Site) => Promise<void>,
  { strategy = 'all-at-once' as unknown, checks = {} } = {},
): Promise<void> {
  const vercel = vercelDeployments(PROJECT);
  const standin = await startVercel({ token: TOKEN, more: vercel.routes });
  try {
    const work = await makeWorkspace({ phases: [{ name: 'app', strategy, steps }] }, { checks });
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
      program: async (...args) => {
        const ids = { VERCEL_PROJECT_ID: PROJECT.id, VERCEL_ORG_ID: PROJECT.team, VERCEL_TOKEN: TOKEN };
        const options = { cwd: work.path('frontend'), env: { ...process.env, ...variables, ...ids } };
        const { stdout, stderr } = await promisify(execFile)('vercel', args, options);
        return `${stdout}${stderr}`;
      },
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

describe('a canary with the real program', () => {
  const strategy = { canary: { steps: [{ weight: 10, gate: ['web'] }, { weight: 50 }] } };
  const checks = { web: { kind: 'command', command: ['test', '!', '-f', 'red'], retries: 0 } };
  const configure = ['--enable', '--advancement-type=manual-approval', '--stage=10', '--stage=50'];

  testWith('vercel')('is refused until the project has its stages, and then goes through them', async () => {
    await withSite(
      [STEP],
      async ({ vercel, deploy, program, asked }) => {
        const refused = await deploy();
        expect(refused.exitCode).toBe(1);
        expect(refused.stdout).toContain(`vercel rolling-release configure ${configure.join(' ')}`);
        expect(asked().filter((one) => one.startsWith('POST'))).toEqual([]);
        await program('rolling-release', 'configure', ...configure);
        expect((await deploy()).outputs['status']).toBe('success');
        expect(vercel.rolling.traffic).toEqual(['10 dpl_2', '50 dpl_2', '100 dpl_2']);
        expect(asked().filter((one) => one.startsWith('POST'))).toEqual([
          'POST /v13/deployments',
          'POST /v1/projects/prj_shop/rolling-release/start',
          'POST /v1/projects/prj_shop/rolling-release/approve-stage',
          'POST /v1/projects/prj_shop/rolling-release/complete',
        ]);
      },
      { strategy, checks },
    );
  });

  testWith('vercel')('is aborted where its analysis turns red, and undone after its end', async () => {
    const last = { name: 'last', run: 'test -f good', undo: 'none' };
    await withSite(
      [STEP, last],
      async ({ vercel, deploy, program, work }) => {
        await program('rolling-release', 'configure', ...configure);
        await writeFile(work.path('red'), '');
        expect((await deploy()).outputs['failed-step']).toBe('app/web.canary-10-analysis');
        expect(vercel.rolling.traffic).toEqual(['10 dpl_2', '100 dpl_1']);
        await rm(work.path('red'));
        await rm(work.path('logs'), { recursive: true });
        expect((await deploy()).outputs).toMatchObject({
          status: 'rolled-back',
          'failed-step': 'app/last',
        });
        expect(vercel.rolling.traffic.slice(2)).toEqual([
          ...['10 dpl_3', '50 dpl_3', '100 dpl_3'],
          ...['10 dpl_1', '100 dpl_1'],
        ]);
        expect(vercel.production).toBe('dpl_1');
      },
      { strategy, checks },
    );
  });

  testWith('vercel')(
    'all at once in a project with rolling releases is a release completed at once',
    async () => {
      await withSite([STEP], async ({ vercel, deploy, program }) => {
        await program('rolling-release', 'configure', ...configure);
        expect((await deploy()).outputs['status']).toBe('success');
        expect(vercel.rolling.traffic).toEqual(['10 dpl_2', '100 dpl_2']);
      });
    },
  );
});
