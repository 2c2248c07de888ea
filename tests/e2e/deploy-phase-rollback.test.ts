import { writeFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { makeWorkspace, noted } from './deploy-phase-workspace.ts';

const id = (deploymentId: string, more: Readonly<Record<string, string>> = {}) => ({
  inputs: { 'deployment-id': deploymentId, ...more },
});

describe('a failure', () => {
  const failing = {
    name: 'bad',
    run: 'echo something went wrong >&2; exit 3',
    undo: 'echo -bad >> world.log',
  };

  test('rolls back in reverse order over all phases, and the step fails', async () => {
    const work = await makeWorkspace({
      phases: [
        {
          name: 'p',
          steps: [
            noted('a', {
              before: 'echo was=7 >> "$SOPHIA_OUTPUT"',
              outputs: ['was'],
              undo: 'echo -a:$SOPHIA_OUTPUT_P_A_WAS >> world.log',
            }),
            noted('b'),
          ],
        },
        { name: 'q', steps: [noted('c'), failing, noted('never')] },
      ],
    });
    const run = await work.deploy(id('d1'));
    expect(run).toMatchObject({ exitCode: 1, outputs: { status: 'rolled-back', 'failed-step': 'q/bad' } });
    expect(await work.world()).toEqual(['+a', '+b', '+c', '-bad', '-c', '-b', '-a:7']);
    const report = await work.report('d1');
    expect(report.items.find(({ name }) => name === 'q/bad')).toMatchObject({
      status: 'failure',
      category: 'assertion',
      message: 'exit code 3: something went wrong',
    });
    expect(report.items.at(-1)).toMatchObject({ name: 'q/never', status: 'skipped', foldedUnder: 'q/bad' });
  });

  test('whose undo fails undoes the others all the same, and says what remains by hand', async () => {
    const work = await makeWorkspace({
      phases: [{ name: 'p', steps: [noted('a'), noted('b', { undo: 'exit 9' }), failing] }],
    });
    const run = await work.deploy(id('d1'));
    expect(run).toMatchObject({ exitCode: 1, outputs: { status: 'rollback-failed' } });
    expect(await work.world()).toEqual(['+a', '+b', '-bad', '-a']);
    expect(run.summary).toMatch(/To be undone by hand\*\*\s+- p\/b: exit 9/);
    expect((await work.report('d1')).details['remaining']).toEqual([{ step: 'p/b', undo: 'exit 9' }]);
    const again = await work.deploy(id('d1', { phase: 'rollback' }));
    expect(again.outputs).toMatchObject({ status: 'rollback-failed' });
    expect(await work.world()).toEqual(['+a', '+b', '-bad', '-a']);
  });

  test('stops what runs beside it and undoes that too', async () => {
    const work = await makeWorkspace({
      phases: [
        { name: 'slow', needs: [], steps: [noted('slow', { run: 'echo +slow >> world.log; sleep 30' })] },
        { name: 'bad', needs: [], steps: [{ ...failing, run: 'sleep 0.3; exit 1' }] },
      ],
    });
    const run = await work.deploy(id('d1'));
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'bad/bad' });
    expect(await work.world()).toEqual(['+slow', '-bad', '-slow']);
    expect(run.durationMs).toBeLessThan(10_000);
  });

  test('that is forgiven makes a warning; one that stops leaves all in place for a rollback by hand', async () => {
    const phases = (onFailure: string) => [
      { name: 'p', steps: [noted('a')] },
      { name: 'q', 'on-failure': onFailure, steps: [failing] },
      { name: 'r', steps: [noted('c')] },
    ];
    const forgiving = await makeWorkspace({ phases: phases('continue') });
    expect(await forgiving.deploy(id('d1'))).toMatchObject({ exitCode: 0, outputs: { status: 'warning' } });
    expect(await forgiving.world()).toEqual(['+a', '+c']);
    const stopping = await makeWorkspace({ phases: phases('stop') });
    expect(await stopping.deploy(id('d1'))).toMatchObject({ exitCode: 1, outputs: { status: 'failure' } });
    expect(await stopping.world()).toEqual(['+a']);
    const rollback = await stopping.deploy({ inputs: { phase: 'rollback' } });
    expect(rollback).toMatchObject({
      exitCode: 0,
      outputs: { status: 'rolled-back', 'deployment-id': 'd1' },
    });
    expect(await stopping.world()).toEqual(['+a', '-bad', '-a']);
    expect(await stopping.deploy({ inputs: { phase: 'rollback' } })).toMatchObject({
      exitCode: 0,
      outputs: { status: 'success' },
    });
  });

  test('past the time for the steps rolls back', async () => {
    const work = await makeWorkspace({
      timeout: '6s',
      'rollback-timeout': '3s',
      phases: [{ name: 'p', steps: [noted('a'), noted('b', { run: 'sleep 60' })] }],
    });
    const run = await work.deploy(id('d1'));
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'p/b' });
    expect(await work.world()).toEqual(['+a', '-b', '-a']);
    expect((await work.journal('d1')).find(({ type }) => type === 'rollback.started')).toMatchObject({
      reason: 'deadline',
    });
  });

  test('is tried again as often as the step allows', async () => {
    const step = {
      name: 's',
      run: 'echo try >> world.log; test $(wc -l < world.log) = 2',
      undo: 'none',
      retries: 1,
    };
    const work = await makeWorkspace({ phases: [{ name: 'p', steps: [step] }] });
    expect((await work.deploy(id('d1'))).outputs['status']).toBe('success');
    expect((await work.report('d1')).items[0]).toMatchObject({ attempts: 2 });
  });
});

describe('a rollback', () => {
  test('where there is nothing is a successful no-op, also without any configuration', async () => {
    const work = await makeWorkspace({ phases: [{ name: 'p', steps: [noted('a')] }] });
    const none = await work.deploy(id('d9', { phase: 'rollback', config: 'nowhere.yml' }));
    expect(none).toMatchObject({ exitCode: 0, outputs: { status: 'success' } });
    await work.deploy(id('d1'));
    await work.deploy(id('d1', { phase: 'rollback' }));
    expect(await work.world()).toEqual(['+a']);
    expect(await work.report('d1')).toMatchObject({ status: 'success', items: [{ name: 'p/a' }] });
  });

  test('to the previous or a named deployment undoes the later ones in new deployments', async () => {
    const work = await makeWorkspace({
      phases: [
        {
          name: 'p',
          steps: [
            noted('a', {
              run: 'echo +$SOPHIA_DEPLOYMENT_ID >> world.log; echo of=$SOPHIA_DEPLOYMENT_ID >> "$SOPHIA_OUTPUT"',
              undo: 'echo -$SOPHIA_OUTPUT_P_A_OF >> world.log',
              outputs: ['of'],
            }),
            { name: 'b', run: 'true', undo: 'none' },
          ],
        },
      ],
    });
    for (const name of ['d1', 'd2', 'd3']) await work.deploy(id(name));
    const previous = await work.deploy(id('back', { phase: 'rollback', to: 'previous' }));
    expect(previous).toMatchObject({
      exitCode: 0,
      outputs: { status: 'rolled-back', 'deployment-id': 'back' },
    });
    expect((await work.world()).slice(3)).toEqual(['-d3']);
    expect(
      (await work.report('back')).items.map(({ name, status, message }) => [name, status, message]),
    ).toEqual([
      ['p/a', 'success', 'undone'],
      ['p/b', 'skipped', 'nothing to undo'],
    ]);
    await work.deploy(id('d4'));
    const named = await work.deploy(id('to-d1', { phase: 'rollback', to: 'd1' }));
    expect(named).toMatchObject({
      exitCode: 0,
      outputs: { status: 'rolled-back', 'deployment-id': 'to-d1-2' },
    });
    expect((await work.world()).slice(4)).toEqual(['+d4', '-d4', '-d2']);
    const wrong = await work.deploy(id('x', { phase: 'rollback', to: 'd3' }));
    expect(wrong.stdout).toContain('d3 is no finished deployment to default that is in effect');
  });

  test('refuses a journal that was edited', async () => {
    const work = await makeWorkspace({
      phases: [{ name: 'p', 'on-failure': 'stop', steps: [noted('a'), { name: 'b', run: 'false' }] }],
    });
    await work.deploy(id('d1'));
    const path = work.path('logs/deployments/d1.jsonl');
    const text = await work.read('logs/deployments/d1.jsonl');
    await writeFile(path, text.replace('echo -a >> world.log', 'echo pwned >> world.log'));
    const run = await work.deploy(id('d1', { phase: 'rollback' }));
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('broken at line 2: prev is not the hash of the line before');
    expect(await work.world()).toEqual(['+a']);
  });
});
