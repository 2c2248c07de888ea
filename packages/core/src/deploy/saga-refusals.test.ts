// Lines that no deployment of ours can have written.
import { describe, expect, test } from '@jest/globals';

import type { EventBody } from './event.ts';
import { result } from './played-deployment.fixture.ts';
import { startedOf, two } from './saga-plan.fixture.ts';
import { ScriptedDeployment } from './scripted-deployment.fixture.ts';
import { transition } from './transition.ts';

describe('a journal that cannot be', () => {
  const at = (advance: (run: ScriptedDeployment) => void, event: EventBody) => () => {
    const run = new ScriptedDeployment(startedOf(two()));
    advance(run);
    run.record(event);
  };
  const x = { phase: 'a', step: 'x' };
  const nothing = () => undefined;
  const running = (run: ScriptedDeployment) => void run.go();
  const failed = (run: ScriptedDeployment) => run.go().end('a/x', result(1)).go();
  const done = (run: ScriptedDeployment) => void run.go().end('a/x').go().end('b/y').go();

  test.each<[string, () => void, RegExp]>([
    ['a second beginning', at(nothing, startedOf(two())), /started already/],
    [
      'no beginning',
      () =>
        void transition(undefined, { ...{ seq: 1, time: '', prev: '' }, type: 'phase.started', phase: 'a' }),
      /has not started/,
    ],
    ['a phase of nobody', at(nothing, { type: 'phase.started', phase: 'nobody' }), /no phase nobody/],
    ['a phase that is not due', at(running, { type: 'phase.started', phase: 'a' }), /not due/],
    [
      'a step of nobody',
      at(running, { type: 'step.started', phase: 'a', step: 'nobody' }),
      /no step a\/nobody/,
    ],
    [
      'a phase that does not run',
      at(nothing, { type: 'phase.finished', phase: 'a', status: 'success' }),
      /does not run/,
    ],
    ['a step that runs already', at(running, { type: 'step.started', ...x }), /the step is running/],
    [
      'a step that succeeded',
      at((run) => void run.go().end('a/x'), { type: 'step.started', ...x }),
      /the step is succeeded/,
    ],
    [
      'an end of what never began',
      at(nothing, { type: 'step.finished', ...x, outputs: {}, ...result(0) }),
      /the step is pending/,
    ],
    [
      'a `before` of what has none',
      at(running, { type: 'before.finished', ...x, outputs: {} }),
      /the step is running/,
    ],
    [
      'a phase that begins while the deployment goes back',
      at(failed, { type: 'phase.started', phase: 'b' }),
      /not due/,
    ],
    ['an undo that runs already', at(failed, { type: 'undo.started', ...x }), /not due/],
    [
      'an undo of what is undone',
      at((run) => void failed(run).end('a/x'), { type: 'undo.started', ...x }),
      /not due/,
    ],
    ['an undo of nothing', at(running, { type: 'undo.finished', ...x, ...result(0) }), /no undo runs/],
    [
      'an end of no rollback',
      at(running, { type: 'rollback.finished', status: 'rolled-back', remaining: [] }),
      /no rollback runs/,
    ],
    ['anything after the end', at(done, { type: 'phase.started', phase: 'a' }), /./],
  ])('%s is refused', (_name, act, words) => {
    expect(act).toThrow(words);
  });

  test('an override is noted, and changes nothing', () => {
    const run = new ScriptedDeployment(startedOf(two())).go();
    const { state } = run;
    run.record({ type: 'override', what: 'lock taken over', actor: 'octocat', reason: 'dead' });
    expect(run.state).toEqual(state);
  });
});
