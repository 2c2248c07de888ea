import { rm, writeFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { deploy, makeSite, production, STEP, TOKEN } from './vercel-workspace.ts';

const phases = (...steps: readonly unknown[]) => ({ phases: [{ name: 'app', steps }] });

describe('the engine vercel', () => {
  test('deploys without traffic, promotes what is ready, and leaves its address for later steps', async () => {
    const use = 'echo "$SOPHIA_OUTPUT_APP_WEB_DEPLOYMENT $SOPHIA_OUTPUT_APP_WEB_URL" >> world.log';
    const work = await makeSite(phases(STEP, { name: 'use', run: use, undo: 'none' }));
    const run = await deploy(work, 'd1');
    expect(run.outputs['status']).toBe('success');
    expect(await production(work)).toBe('dpl_2');
    expect(await work.world()).toEqual(['dpl_2 https://shop-2.vercel.app']);
    const calls = await work.calls();
    expect(calls).toContain('deploy --prebuilt --yes --prod --skip-domain');
    expect(calls.join('\n')).not.toContain(TOKEN);
    expect(calls.indexOf('promote dpl_2 --yes --timeout=30m --scope=team_acme')).toBeGreaterThan(
      calls.indexOf('api /v13/deployments/shop-2.vercel.app?teamId=team_acme --raw'),
    );
  });

  test('a later failure promotes what was in production before, once', async () => {
    const work = await makeSite(phases(STEP, { name: 'last', run: 'exit 1', undo: 'none' }));
    const run = await deploy(work, 'd1');
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/last' });
    expect(await production(work)).toBe('dpl_1');
    expect((await work.calls()).filter((call) => call.startsWith('promote dpl_1'))).toHaveLength(1);
  });

  test('a deployment that does not become ready gets no traffic, and its undo has nothing to do', async () => {
    const work = await makeSite(phases(STEP), { becomes: 'ERROR' });
    const run = await deploy(work, 'd1');
    expect(run.outputs['status']).toBe('rolled-back');
    expect((await work.report('d1')).items[0]).toMatchObject({
      category: 'assertion',
      message: 'https://shop-2.vercel.app is ERROR, not READY',
    });
    expect((await work.calls()).join('\n')).not.toContain('promote');
  });

  test('nothing in production before: what the deployment put there stays, and that is said', async () => {
    const work = await makeSite(phases(STEP, { name: 'last', run: 'exit 1', undo: 'none' }), {
      production: '',
      deployments: {},
    });
    const run = await deploy(work, 'd1');
    expect(run.stdout).toContain('nothing was in production before');
    expect(await production(work)).toBe('dpl_1');
  });

  test('a later rollback needs the journal alone', async () => {
    const work = await makeSite(phases(STEP));
    expect((await deploy(work, 'd1')).outputs['status']).toBe('success');
    const back = await deploy(work, 'd2', { phase: 'rollback', to: 'previous' });
    expect(back.outputs['status']).toBe('rolled-back');
    expect(await production(work)).toBe('dpl_1');
  });

  test.each([
    ['pull', 'Error: Not authorized (403)', 'unauthorized'],
    ['build', 'Error: Command "npm run build" exited with 1', 'assertion'],
    ['deploy', 'Error: Too many requests - try again in 1 hour (429)', 'rate-limited'],
    ['deploy', 'Error: The requested resource was not found. (404)', 'not-found'],
    ['promote dpl_2', 'Error: fetch failed', 'refused'],
  ])('%s that fails is told by its category: %s', async (words, message, category) => {
    const work = await makeSite(phases(STEP));
    await work.fail(words, message);
    const run = await deploy(work, 'd1');
    expect(run.outputs['status']).toBe('rolled-back');
    expect(await production(work)).toBe('dpl_1');
    expect((await work.report('d1')).items[0]).toMatchObject({ status: 'failure', category });
  });

  test('prebuilt pulls and builds nothing; without the output it is refused', async () => {
    const work = await makeSite(phases({ ...STEP, vercel: { ...STEP.vercel, prebuilt: true } }));
    await deploy(work, 'd1');
    expect((await work.report('d1')).items[0]).toMatchObject({ category: 'configuration' });
    expect((await work.calls()).join('\n')).not.toMatch(/^(pull|build)/m);
  });

  test('a preview is deployed and not promoted', async () => {
    const work = await makeSite(phases({ ...STEP, vercel: { ...STEP.vercel, target: 'preview' } }));
    expect((await deploy(work, 'd1')).outputs['status']).toBe('success');
    expect(await work.calls()).toEqual([
      'pull --yes --environment=preview',
      'build --yes',
      'deploy --prebuilt --yes',
      'api /v13/deployments/shop-2.vercel.app?teamId=team_acme --raw',
    ]);
  });

  test('blue-green: staged, judged by the checks, then promoted; a red check and it gets no traffic', async () => {
    const strategy = { 'blue-green': { gate: ['ready'] } };
    const deployment = { phases: [{ name: 'app', strategy, steps: [STEP] }] };
    const checks = { ready: { kind: 'command', run: ['test', '-f', 'ready'] } };
    const work = await makeSite(deployment, {}, { checks });
    expect((await deploy(work, 'd1')).outputs).toMatchObject({
      status: 'rolled-back',
      'failed-step': 'app/web.analysis',
    });
    expect((await work.calls()).join('\n')).not.toContain('promote');
    await writeFile(work.path('ready'), '');
    expect((await deploy(work, 'd2')).outputs['status']).toBe('success');
    expect(await production(work)).toBe('dpl_3');
  });

  test('without a project nothing is called: the program would make a new one', async () => {
    const work = await makeSite(phases({ ...STEP, vercel: { 'working-directory': 'frontend' } }));
    await deploy(work, 'd1');
    expect((await work.report('d1')).items[0]).toMatchObject({ category: 'configuration' });
    expect(await work.calls()).toEqual([]);
  });

  test('a dry run prints the commands and calls nothing; without vercel nothing runs', async () => {
    const work = await makeSite(phases({ name: 'first', run: ['touch', 'ran'], undo: 'none' }, STEP));
    const planned = await deploy(work, 'd1', { 'dry-run': 'true' });
    expect(planned.stdout).toContain('run: vercel deploy --prebuilt --yes --prod --skip-domain');
    expect(planned.stdout).toContain('undo: vercel promote <deployment before>');
    expect(await work.calls()).toEqual([]);
    await rm(work.path('bin', 'vercel'));
    const run = await work.deploy({ variables: { PATH: work.path('bin') } });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('app/web: vercel');
    await expect(work.read('ran')).rejects.toThrow();
  });
});
