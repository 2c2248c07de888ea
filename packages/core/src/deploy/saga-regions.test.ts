// Regions of one fleet, line by line: as many as may fail go back alone, while the others go on.
import { describe, expect, test } from '@jest/globals';

import type { PlannedPhase } from './plan.ts';
import { result } from './played-deployment.fixture.ts';
import { phase, startedOf, step } from './saga-plan.fixture.ts';
import { ScriptedDeployment } from './scripted-deployment.fixture.ts';

const region = (name: string, steps: readonly string[], maxFailures = 1): PlannedPhase => {
  const planned = steps.map((each) => step(each));
  return phase(name, planned, { region: { name, of: 'fleet', maxFailures } });
};

/** Two regions, side by side: `eu` has failed at its second step, and `us` still runs. */
const failedInEu = (maxFailures = 1) =>
  new ScriptedDeployment(startedOf([region('eu', ['x', 'z'], maxFailures), region('us', ['y'], maxFailures)]))
    .go()
    .end('eu/x')
    .go()
    .end('eu/z', result(1));

describe('a region that fails among no more than may', () => {
  test('goes back alone, its last step first, while the other goes on; the end is a warning', () => {
    const run = failedInEu().go();
    expect(run.told(8)).toEqual(['phase.finished eu failure', 'undo.started eu/z']);
    run.end('us/y').go();
    expect(run.told(10)).toEqual(['step.finished us/y 0', 'phase.finished us success']);
    run.end('eu/z').go().end('eu/x').go();
    expect(run.told(12)).toEqual([
      ...['undo.finished eu/z 0', 'undo.started eu/x', 'undo.finished eu/x 0', 'deployment.finished warning'],
    ]);
    expect(run.state.failedStep).toBeNull();
  });

  test('is a failure where its undo fails: what is left is not undone a second time', () => {
    const run = failedInEu().go().end('eu/z', result(7)).go().end('eu/x').go().end('us/y').go();
    expect(run.told(10)).toEqual([
      ...['undo.finished eu/z 7', 'undo.started eu/x', 'undo.finished eu/x 0'],
      ...['step.finished us/y 0', 'phase.finished us success', 'deployment.finished failure'],
    ]);
  });

  test('begins no undo of its own when the time is used up: the rollback of all has it', () => {
    const run = failedInEu();
    run.record({ type: 'phase.finished', phase: 'eu', status: 'failure' });
    run.go({ forwardExpired: true });
    expect(run.told(9)).toEqual([]);
    run.end('us/y', result(143, 'deadline')).go({ forwardExpired: true });
    expect(run.told(9)).toEqual([
      ...['step.finished us/y 143', 'phase.finished us stopped'],
      ...['rollback.started deadline by us/y', 'undo.started eu/z'],
    ]);
  });

  test('goes back also past that time, if all others are done', () => {
    const run = failedInEu().end('us/y');
    run.record({ type: 'phase.finished', phase: 'eu', status: 'failure' });
    run.record({ type: 'phase.finished', phase: 'us', status: 'success' });
    expect(run.go({ forwardExpired: true }).told(11)).toEqual(['undo.started eu/z']);
  });
});

test('one more than may fail undoes all regions', () => {
  const run = failedInEu(0).go();
  expect(run.told(8)).toEqual([
    ...['phase.finished eu failure', 'step.finished us/y 143', 'phase.finished us stopped'],
    ...['rollback.started failure by eu/z', 'undo.started eu/z'],
  ]);
});
