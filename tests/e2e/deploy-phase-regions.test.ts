import { describe, expect, test } from '@jest/globals';

import { makeWorkspace } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';

/** A step that notes its region; it fails where FAIL names the region. */
const step = {
  name: 'up',
  before: 'echo "from=old-$SOPHIA_REGION" >> "$SOPHIA_OUTPUT"',
  run: 'echo "+$SOPHIA_REGION $PLACE" >> world.log; case " $FAIL " in *" $SOPHIA_REGION "*) exit 1;; esac',
  undo: 'echo "-$SOPHIA_REGION $SOPHIA_OUTPUT_APP_UP_FROM" >> world.log',
  outputs: ['from'],
  env: { PLACE: 'at-${SOPHIA_REGION}', FAIL: '${FAIL:-}' },
};
const phases = (regions: unknown, ...more: readonly unknown[]) => ({
  phases: [{ name: 'app', regions, steps: [step] }, ...more],
});
const deploy = (work: Workspace, FAIL = '') =>
  work.deploy({ inputs: { 'deployment-id': 'd1' }, variables: { FAIL } });

describe('regions', () => {
  test('are deployed to one after the other, each with its own variables and outputs', async () => {
    const after = {
      name: 'after',
      steps: [
        { name: 'show', run: 'echo "$SOPHIA_OUTPUT_APP_EU_WEST_1_UP_FROM${SOPHIA_REGION:-}"', undo: 'none' },
      ],
    };
    const work = await makeWorkspace(phases(['eu-west-1', 'us-east-1'], after));
    const run = await deploy(work);
    expect(run.outputs['status']).toBe('success');
    expect(await work.world()).toEqual(['+eu-west-1 at-eu-west-1', '+us-east-1 at-us-east-1']);
    const report = await work.report('d1');
    expect(report.items.map(({ name, details }) => [name, details['region']])).toEqual([
      ['app@eu-west-1/up', 'eu-west-1'],
      ['app@us-east-1/up', 'us-east-1'],
      ['after/show', undefined],
    ]);
    expect(report.metrics).toMatchObject({ regionPhases: 2, regionsDone: 2, regionsFailed: 0 });
  });

  test('in waves: a failure ends the fleet, and every region that was begun goes back', async () => {
    const work = await makeWorkspace(phases({ waves: [['a'], ['b', 'c'], ['d']] }));
    const run = await deploy(work, 'c');
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app@c/up' });
    const world = await work.world();
    expect(world).toContain('-a old-a');
    expect(world).toContain('-c old-c');
    expect(world.join()).not.toContain('+d');
  });

  test('as many as may fail go back alone, and the others go on', async () => {
    const work = await makeWorkspace(phases({ waves: [['a'], ['b']], 'max-failures': 1 }));
    const run = await deploy(work, 'a');
    expect(run).toMatchObject({ exitCode: 0, outputs: { status: 'warning' } });
    expect([...(await work.world())].sort()).toEqual(['+a at-a', '+b at-b', '-a old-a']);
    const report = await work.report('d1');
    expect(report.summary).toContain('rolled back: app@a');
    expect(report.items[0]).toMatchObject({ status: 'failure', severity: 'warning' });
  });

  test('one failure more than may be ends and undoes all', async () => {
    const work = await makeWorkspace(phases({ waves: [['a'], ['b'], ['c']], 'max-failures': 1 }));
    const run = await deploy(work, 'a c');
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app@c/up' });
    const undone = (await work.world()).filter((line) => line.startsWith('-'));
    expect(undone).toEqual(['-a old-a', '-c old-c', '-b old-b']);
  });

  test.each([
    ['a region twice', phases({ waves: [['a'], ['a', 'b']] }), 'each region once'],
    ['a name with a path', phases(['../a']), 'expected the name of a region'],
    ['no list', phases('eu'), 'expected a list of regions'],
    [
      'a region where there is none',
      { phases: [{ name: 'app', steps: [{ name: 's', run: 'true', env: { A: '${SOPHIA_REGION}' } }] }] },
      'its phase has no regions',
    ],
    [
      'outputs that become one variable',
      {
        phases: [
          { name: 'app', regions: ['eu'], steps: [step] },
          { name: 'app-eu', steps: [{ ...step, env: {} }] },
        ],
      },
      'both become SOPHIA_OUTPUT_APP_EU_UP_FROM',
    ],
  ])('%s is an error with its line', async (_what, deployment, message) => {
    const run = await deploy(await makeWorkspace(deployment));
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/sophia\.yml:\d+:\d+/);
    expect(run.stdout).toContain(message);
  });
});
