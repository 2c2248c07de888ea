// Deployments that go back, line by line: after a failure, for want of time, or because somebody asks.
import { describe, expect, test } from '@jest/globals';

import { irreversibleSteps, remainingSteps } from './next-event.ts';
import { result } from './played-deployment.fixture.ts';
import { phase, startedOf, step, two } from './saga-plan.fixture.ts';
import { ScriptedDeployment } from './scripted-deployment.fixture.ts';
import { stepState } from './state.ts';

describe('a failure', () => {
  test('stops the phase beside it, and undoes everything that ran, the last first', () => {
    const run = new ScriptedDeployment(
      startedOf([phase('a', [step('x'), step('z')]), phase('b', [step('y')])]),
    )
      .go()
      .end('a/x')
      .go()
      .end('a/z', result(1))
      .go();
    expect(run.told(6)).toEqual([
      ...['step.started a/z', 'step.finished a/z 1', 'phase.finished a failure', 'step.finished b/y 143'],
      ...['phase.finished b stopped', 'rollback.started failure by a/z', 'undo.started a/z'],
    ]);
    expect(stepState(run.state, 'b/y')).toMatchObject({
      status: 'interrupted',
      result: { stopped: 'sibling' },
    });
    run.end('a/z').go().end('b/y').go();
    expect(stepState(run.state, 'b/y')).toMatchObject({ status: 'interrupted', undo: 'done' });
    run.end('a/x').go();
    expect(run.told(13)).toEqual([
      ...[
        'undo.finished a/z 0',
        'undo.started b/y',
        'undo.finished b/y 0',
        'undo.started a/x',
        'undo.finished a/x 0',
      ],
      ...['rollback.finished rolled-back', 'deployment.finished rolled-back by a/z'],
    ]);
  });

  test('whose rollback is begun anew after a death undoes what is left, and nothing twice', () => {
    const run = new ScriptedDeployment(startedOf(two())).go().end('a/x').go().end('b/y', result(1)).go();
    run.end('b/y').go();
    run.running = [];
    run.record({ type: 'rollback.started', reason: 'unfinished', failedStep: 'b/y' });
    expect(run.state.steps).toMatchObject({ 'a/x': { undo: 'interrupted' }, 'b/y': { undo: 'done' } });
    expect(run.go().told(14)).toEqual(['undo.started a/x']);
  });

  test('whose undo fails undoes the others, and says what is left', () => {
    const run = new ScriptedDeployment(startedOf(two())).go().end('a/x').go().end('b/y', result(1)).go();
    run.end('b/y', result(9)).go().end('a/x').go();
    expect(run.told(11)).toEqual([
      ...['undo.finished b/y 9', 'undo.started a/x', 'undo.finished a/x 0'],
      ...['rollback.finished rollback-failed left b/y', 'deployment.finished rollback-failed by b/y'],
    ]);
    expect([run.state.result, remainingSteps(run.state)]).toEqual(['rollback-failed', ['b/y']]);
  });

  test.each(['stop', 'manual'] as const)('is left for people: %s', (how) => {
    const phases = two().map((one) => (how === 'stop' ? { ...one, onFailure: 'stop' as const } : one));
    const started = startedOf(phases, how === 'manual' ? { rollback: 'manual' } : {});
    const run = new ScriptedDeployment(started).go().end('a/x', result(1)).go();
    expect(run.told(4)).toEqual(['phase.finished a failure', 'deployment.finished failure by a/x']);
    expect(run.state.onFailure).toBe(how === 'stop' ? 'stop' : 'rollback');
  });

  test('an irreversible step is told, and not undone', () => {
    const run = new ScriptedDeployment(
      startedOf([phase('a', [step('x', { undo: { kind: 'irreversible' } }), step('z')])]),
    )
      .go()
      .end('a/x')
      .go();
    expect(irreversibleSteps(run.state)).toEqual(['a/x']);
    run.end('a/z', result(1)).go().end('a/z').go();
    expect(run.told(8)).toEqual([
      ...[
        'undo.started a/z',
        'undo.finished a/z 0',
        'rollback.finished rolled-back',
        'deployment.finished rolled-back by a/z',
      ],
    ]);
    expect(irreversibleSteps(new ScriptedDeployment(startedOf(two())).go().state)).toEqual([]);
  });
});

describe('time', () => {
  test('that is used up stops what runs and rolls back, whatever the phase wants', () => {
    const phases = two().map((one) => ({ ...one, onFailure: 'stop' as const }));
    const run = new ScriptedDeployment(startedOf(phases))
      .go()
      .end('a/x', result(143, 'deadline'))
      .go({ forwardExpired: true });
    expect(run.told(3)).toEqual([
      ...[
        'step.finished a/x 143',
        'phase.finished a stopped',
        'rollback.started deadline by a/x',
        'undo.started a/x',
      ],
    ]);
  });

  test('that is used up waits for everything that runs to be stopped', () => {
    const run = new ScriptedDeployment(startedOf([phase('a', [step('x')]), phase('b', [step('y')])])).go();
    run.end('a/x', result(143, 'deadline')).go({ forwardExpired: true });
    expect(run.told(5)).toEqual(['step.finished a/x 143']);
    run.end('b/y', result(143, 'deadline')).go({ forwardExpired: true });
    expect(run.told(6)).toEqual([
      ...['step.finished b/y 143', 'phase.finished a stopped', 'phase.finished b stopped'],
      ...['rollback.started deadline by a/x', 'undo.started b/y'],
    ]);
    expect(run.state.onFailure).toBe('rollback');
  });

  test('that is used up between two steps begins no other, and rolls back', () => {
    const run = new ScriptedDeployment(startedOf([phase('a', [step('x'), step('z')])])).go().end('a/x');
    run.go({ forwardExpired: true });
    expect(run.told(4)).toEqual([
      'phase.finished a stopped',
      'rollback.started deadline',
      'undo.started a/x',
    ]);
  });

  test('that is used up between two phases rolls back too', () => {
    const run = new ScriptedDeployment(startedOf(two())).go().end('a/x');
    run.record({ type: 'phase.finished', phase: 'a', status: 'success' });
    run.go({ forwardExpired: true });
    expect(run.told(5)).toEqual(['rollback.started deadline', 'undo.started a/x']);
    expect(run.state.rollbackReason).toBe('deadline');
  });

  test('that is used up when all is done changes nothing', () => {
    const run = new ScriptedDeployment(startedOf([phase('a', [step('x')])])).go().end('a/x').go();
    expect(run.go({ forwardExpired: true }).state.result).toBe('success');
  });

  test('of the rollback: it ends with what it has, or stays open for a later run', () => {
    const failed = () =>
      new ScriptedDeployment(startedOf(two())).go().end('a/x').go().end('b/y', result(1)).go();
    const open = failed().end('b/y', result(143, 'deadline')).go({ rollbackExpired: 'leave-open' });
    expect(open.state.mode).toBe('undoing');
    const over = failed().end('b/y', result(143, 'deadline')).go({ rollbackExpired: 'end' });
    expect(over.told(12)).toEqual([
      ...['rollback.finished rollback-failed left a/x,b/y', 'deployment.finished rollback-failed by b/y'],
    ]);
    // Where nothing is left to undo, it is over all the same.
    const all = failed().end('b/y').go().end('a/x').go({ rollbackExpired: 'leave-open' });
    expect(all.state.result).toBe('rolled-back');
    // An undo that a cancel cut off is begun anew; one that failed by itself is not.
    const cut = failed().end('b/y', result(143, 'cancelled'));
    expect(stepState(cut.state, 'b/y').undo).toBe('interrupted');
    expect(cut.go().told(12)).toEqual(['undo.started b/y']);
  });
});

describe('a return to an earlier deployment', () => {
  const undoes = {
    deploymentId: 'd0',
    steps: [{ phase: 'a', step: 'x', outputs: { o: '1' }, beforeOutputs: {} }],
  };

  test('is nothing but a rollback of its steps, also where rollbacks are manual', () => {
    const run = new ScriptedDeployment(startedOf(two(), { undoes, rollback: 'manual' })).go();
    expect(run.told()).toEqual(['rollback.started requested', 'undo.started a/x']);
    expect(stepState(run.state, 'a/x').outputs).toEqual({ o: '1' });
    run.end('a/x').go();
    expect(run.told(3)).toEqual([
      ...['undo.finished a/x 0', 'rollback.finished rolled-back', 'deployment.finished rolled-back'],
    ]);
  });
});
