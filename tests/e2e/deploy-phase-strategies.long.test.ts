import { writeFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { writeRollout } from './kubernetes-workspace.ts';
import { blueGreen, blueGreenRollout, canary, deploy, phase, running } from './strategies-workspace.ts';

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
  test('whose gate is red switches nothing', async () => {
    const work = await running(phase(blueGreen), blueGreenRollout);
    await writeFile(work.path('red'), '');
    expect((await deploy(work, 'd2')).outputs).toMatchObject({
      status: 'rolled-back',
      'failed-step': 'app/web.analysis',
    });
    expect(await work.traffic()).toEqual(['0 acme/web:2', '100 acme/web:1']);
  });
});
