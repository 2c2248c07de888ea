import { writeFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import type { FakeWorkspace } from './fake-program.ts';
import type { VercelWorld } from './fake-vercel.ts';
import { deploy, makeSite, production, STEP } from './vercel-workspace.ts';

const strategy = { canary: { steps: [{ weight: 10, gate: ['web'] }, { weight: 50 }] } };
const checks = { web: { kind: 'command', command: ['test', '!', '-f', 'red'], retries: 0 } };
const canary = (...more: readonly unknown[]) => ({
  phases: [{ name: 'app', strategy, steps: [STEP, ...more] }],
});
const site = (world: Partial<VercelWorld> = {}, deployment: unknown = canary()) =>
  makeSite(deployment, { stages: [10, 50], ...world }, { checks });
const traffic = async (work: FakeWorkspace) => (await work.state<VercelWorld>()).traffic ?? [];

describe('a canary on Vercel', () => {
  test('goes through the stages of a rolling release, and ends with all traffic', async () => {
    const work = await site();
    expect((await deploy(work, 'd1')).outputs['status']).toBe('success');
    expect(await traffic(work)).toEqual(['10 dpl_2', '50 dpl_2', '100 dpl_2']);
    expect((await work.calls()).filter((call) => call.startsWith('rolling-release'))).toEqual([
      'rolling-release start --dpl=dpl_2',
      'rolling-release approve --dpl=dpl_2 --currentStageIndex=0',
      'rolling-release complete --dpl=dpl_2',
    ]);
  });

  test('whose analysis turns red is aborted before anybody else gets it', async () => {
    const work = await site();
    await writeFile(work.path('red'), '');
    expect((await deploy(work, 'd1')).outputs).toMatchObject({
      status: 'rolled-back',
      'failed-step': 'app/web.canary-10-analysis',
    });
    expect(await traffic(work)).toEqual(['10 dpl_2', '100 dpl_1']);
    expect(await work.calls()).toContain('rolling-release abort --dpl=dpl_1');
  });

  test('that was completed goes back by a release of the one before, completed at once', async () => {
    const work = await site({}, canary({ name: 'last', run: 'exit 1', undo: 'none' }));
    expect((await deploy(work, 'd1')).outputs['status']).toBe('rolled-back');
    expect((await traffic(work)).slice(2)).toEqual(['100 dpl_2', '10 dpl_1', '100 dpl_1']);
  });

  test('can be rolled back later, from the journal alone', async () => {
    const work = await site();
    await deploy(work, 'd1');
    expect((await deploy(work, 'd2', { phase: 'rollback', to: 'previous' })).outputs['status']).toBe(
      'rolled-back',
    );
    expect(await production(work)).toBe('dpl_1');
  });

  test('of a first release has nothing to share traffic with: it gets all', async () => {
    const work = await site({ production: '', deployments: {} });
    const run = await deploy(work, 'd1');
    expect(run.outputs['status']).toBe('success');
    expect(run.stdout).toContain('nothing is in production to share the traffic with');
    expect(await traffic(work)).toEqual(['100 dpl_1']);
  });

  test.each<[string, Partial<VercelWorld>, string]>([
    ['no rolling releases', { stages: undefined as never }, 'the project has no rolling releases'],
    ['other stages', { stages: [5] }, 'rolling releases have the stages 5, and the canary 10, 50'],
  ])('is refused before anything has run where the project has %s', async (_what, world, message) => {
    const first = { name: 'first', steps: [{ name: 'touch', run: ['touch', 'ran'], undo: 'none' }] };
    const work = await site(world, { phases: [first, ...canary().phases] });
    const run = await deploy(work, 'd1');
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain(message);
    expect(run.stdout).toContain('--advancement-type=manual-approval --stage=10 --stage=50');
    expect(run.stdout).toContain('nothing has run');
    await expect(work.read('ran')).rejects.toThrow();
  });

  test('of a preview is refused: nobody is led to it', async () => {
    const preview = { ...STEP, vercel: { ...STEP.vercel, target: 'preview' } };
    const work = await site({}, { phases: [{ name: 'app', strategy, steps: [preview] }] });
    const run = await deploy(work, 'd1');
    expect([run.exitCode, await work.calls()]).toEqual([1, []]);
    expect(run.stdout).toContain('a preview gets no traffic: it has no strategy; nothing has run');
  });

  test('waits for nobody: a release of somebody else is left alone, and the deployment ends', async () => {
    const release = { state: 'ACTIVE', canary: 'dpl_0', index: 0 } as const;
    const work = await site({ release });
    expect((await deploy(work, 'd1')).outputs['status']).toBe('rolled-back');
    expect((await work.report('d1')).items[0]?.message).toContain('a rolling release of dpl_0 is under way');
    expect(await work.state<VercelWorld>()).toMatchObject({ release });
  });

  test('is not completed where somebody has aborted it', async () => {
    const aborted = {
      name: 'hand',
      kind: 'command',
      command: ['bash', '-c', 'cd frontend && vercel rolling-release abort --dpl=dpl_1'],
      secrets: ['VERCEL_TOKEN'],
      env: { VERCEL_PROJECT_ID: 'prj_shop', VERCEL_ORG_ID: 'team_acme' },
    };
    const { name, ...hand } = aborted;
    const steps = [{ weight: 10, gate: [name] }, { weight: 50 }];
    const deployment = { phases: [{ name: 'app', strategy: { canary: { steps } }, steps: [STEP] }] };
    const work = await makeSite(deployment, { stages: [10, 50] }, { checks: { [name]: hand } });
    expect((await deploy(work, 'd1')).outputs).toMatchObject({ 'failed-step': 'app/web.canary-50' });
    expect(await traffic(work)).toEqual(['10 dpl_2', '100 dpl_1']);
  });
});

describe('other strategies in a project with rolling releases', () => {
  test('give all traffic at once, and take it back', async () => {
    const last = { name: 'last', run: 'exit 1', undo: 'none' };
    const work = await site({}, { phases: [{ name: 'app', steps: [STEP, last] }] });
    expect((await deploy(work, 'd1')).outputs['status']).toBe('rolled-back');
    expect(await traffic(work)).toEqual(['10 dpl_2', '100 dpl_2', '10 dpl_1', '100 dpl_1']);
  });
});
