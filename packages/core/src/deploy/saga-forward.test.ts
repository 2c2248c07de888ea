// Deployments that go forward, line by line: what the journal says.
import { describe, expect, test } from '@jest/globals';

import { result } from './played-deployment.fixture.ts';
import { phase, startedOf, step, two } from './saga-plan.fixture.ts';
import { ScriptedDeployment } from './scripted-deployment.fixture.ts';
import { stepState } from './state.ts';

describe('forward', () => {
  test('phase by phase, with `before` and its outputs', () => {
    const run = new ScriptedDeployment(
      startedOf([phase('a', [step('x', { before: 'true' }), step('z')])]),
    ).go();
    expect(run.running).toEqual([expect.objectContaining({ act: 'before', step: 'x' })]);
    expect([stepState(run.state, 'a/x').status, stepState(run.state, 'a/x').acted]).toEqual([
      'before',
      false,
    ]);
    run.end('a/x');
    expect(run.running).toEqual([expect.objectContaining({ act: 'run', step: 'x' })]);
    expect(stepState(run.state, 'a/x')).toMatchObject({
      status: 'running',
      acted: true,
      beforeOutputs: { v: '1' },
    });
    run.end('a/x').go().end('a/z').go();
    expect(run.told()).toEqual([
      ...[
        'phase.started a',
        'step.started a/x',
        'before.finished a/x',
        'step.finished a/x 0',
        'step.started a/z',
      ],
      ...['step.finished a/z 0', 'phase.finished a success', 'deployment.finished success'],
    ]);
    expect(run.state).toMatchObject({ mode: 'finished', result: 'success', failedStep: null });
    expect(stepState(run.state, 'a/x').outputs).toEqual({ out: '2' });
    expect(run.go().events).toHaveLength(9);
  });

  test('phases that need nothing run side by side; one that needs both waits for both', () => {
    const run = new ScriptedDeployment(
      startedOf([
        phase('a', [step('x')]),
        phase('b', [step('y')]),
        phase('c', [step('z')], { needs: ['a', 'b'] }),
      ]),
    ).go();
    expect(run.running.map(({ phase: of }) => of)).toEqual(['a', 'b']);
    run.end('b/y').go();
    expect(run.running.map(({ phase: of }) => of)).toEqual(['a']);
    run.end('a/x').go();
    expect(run.running.map(({ phase: of }) => of)).toEqual(['c']);
  });

  test('a failed `before` is a failed step that has nothing to undo', () => {
    const run = new ScriptedDeployment(startedOf([phase('a', [step('x', { before: 'true' })])]))
      .go()
      .end('a/x', result(1))
      .go();
    expect(run.told(2)).toEqual([
      ...[
        'step.started a/x',
        'step.finished a/x 1',
        'phase.finished a failure',
        'rollback.started failure by a/x',
      ],
      ...['rollback.finished rolled-back', 'deployment.finished rolled-back by a/x'],
    ]);
  });

  test('a failure that is forgiven holds nobody up, and makes a warning', () => {
    const [a, b] = two();
    const run = new ScriptedDeployment(startedOf([{ ...a!, onFailure: 'continue' }, b!]))
      .go()
      .end('a/x', result(1))
      .go()
      .end('b/y')
      .go();
    expect(run.told(3)).toEqual([
      ...['step.finished a/x 1', 'phase.finished a failure', 'phase.started b', 'step.started b/y'],
      ...['step.finished b/y 0', 'phase.finished b success', 'deployment.finished warning'],
    ]);
    expect(run.state.failedStep).toBeNull();
  });

  test('cancelled: nothing new begins, and the journal stays open', () => {
    const run = new ScriptedDeployment(startedOf(two()))
      .go()
      .end('a/x', result(143, 'cancelled'))
      .go({ cancelled: true });
    expect(run.told(3)).toEqual(['step.finished a/x 143']);
    expect(run.state).toMatchObject({
      mode: 'forward',
      steps: { 'a/x': { status: 'interrupted', acted: true } },
    });
    // A later run first undoes what was in flight, then does it again.
    run.go().end('a/x');
    expect(stepState(run.state, 'a/x')).toMatchObject({ status: 'pending', acted: false, undo: null });
    run.go();
    expect(run.told(4)).toEqual(['undo.started a/x', 'undo.finished a/x 0', 'step.started a/x']);
  });

  test('what was in flight and has nothing to undo is only done again', () => {
    const none = phase('a', [step('x', { undo: { kind: 'none' } })]);
    const run = new ScriptedDeployment(startedOf([none])).go().end('a/x', result(143, 'cancelled')).go();
    expect(run.told(4)).toEqual(['step.started a/x']);
  });

  test('an undo in flight that fails is the step’s failure', () => {
    const run = new ScriptedDeployment(startedOf(two()))
      .go()
      .end('a/x', result(143, 'cancelled'))
      .go()
      .end('a/x', result(7))
      .go();
    expect(run.told(5).slice(0, 3)).toEqual([
      ...['undo.finished a/x 7', 'phase.finished a failure', 'rollback.started failure by a/x'],
    ]);
    expect(stepState(run.state, 'a/x')).toMatchObject({ status: 'failed', result: { exitCode: 7 } });
  });

  test('a resumed run finds what ran as interrupted, and what had ended as it was', () => {
    const run = new ScriptedDeployment(startedOf(two())).go().end('a/x').go();
    run.running = [];
    run.record({ type: 'deployment.resumed', run: run.state.started.run, dropped: null });
    expect(run.state.steps).toMatchObject({
      'a/x': { status: 'succeeded', undo: null },
      'b/y': { status: 'interrupted', acted: true },
    });
    run.go();
    expect(run.told(7)).toEqual(['deployment.resumed', 'undo.started b/y']);
    run.running = [];
    run.record({ type: 'deployment.resumed', run: run.state.started.run, dropped: null });
    expect(stepState(run.state, 'b/y').undo).toBe('interrupted');
    expect(run.go().told(9)).toEqual(['deployment.resumed', 'undo.started b/y']);
  });
});
