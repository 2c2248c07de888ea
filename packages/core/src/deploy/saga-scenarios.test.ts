// Whole deployments, line by line: what the journal says for each thing that can happen.
import { describe, expect, test } from '@jest/globals';

import { chainEvent, EMPTY_HEAD } from './chain-event.ts';
import type { ActResult, DeploymentStarted, EventBody, JournalEvent, StopReason } from './event.ts';
import { irreversibleSteps, nextEvent, remainingSteps } from './next-event.ts';
import type { Situation } from './next-event.ts';
import type { Plan, PlannedPhase, PlannedStep } from './plan.ts';
import type { DeploymentState } from './state.ts';
import { stepState } from './state.ts';
import { transition } from './transition.ts';
import type { Effect } from './transition.ts';

const step = (name: string, rest: Partial<PlannedStep> = {}): PlannedStep => ({
  ...{
    name,
    act: { kind: 'run', command: 'true' },
    before: null,
    undo: { kind: 'command', command: 'true' },
  },
  ...{ env: {}, secrets: [], idToken: false, timeoutMs: 1_000, retries: 0, outputs: [], directory: '.' },
  ...rest,
});
const phase = (
  name: string,
  steps: readonly PlannedStep[],
  rest: Partial<PlannedPhase> = {},
): PlannedPhase => ({
  ...{ name, needs: [], onFailure: 'rollback', steps: [...steps] },
  ...rest,
});

const startOf = (
  phases: readonly PlannedPhase[],
  rest: Partial<DeploymentStarted> = {},
): DeploymentStarted => ({
  type: 'deployment.started',
  ...{ deploymentId: 'd1', environment: 'production', commit: 'abc', planHash: '0'.repeat(64) },
  plan: {
    ...{ schema: 'sophia-plan/1', environment: 'production', timeoutMs: 900_000, rollbackTimeoutMs: 300_000 },
    ...{ journal: 'file', phases: [...phases] },
  } as Plan,
  rollback: 'auto',
  run: { repository: 'a/b', sha: 'abc', runId: 1, attempt: 1, job: 'j', actor: 'o', event: 'push', ref: '' },
  undoes: null,
  ...rest,
});

const ended = (exitCode: number, stopped: StopReason | null = null): ActResult => ({
  ...{
    exitCode,
    attempts: 1,
    durationMs: 1,
    category: exitCode === 0 ? null : 'assertion',
    message: '',
    stopped,
  },
});

const CALM: Situation = { cancelled: false, forwardExpired: false, rollbackExpired: 'no' };

/** A deployment whose programs end as they are told: in the order in which they were started. */
class Deployment {
  readonly events: JournalEvent[] = [];
  running: Exclude<Effect, { act: 'stop' }>[] = [];
  state: DeploymentState | undefined;
  #head = EMPTY_HEAD;

  constructor(started: DeploymentStarted) {
    this.record(started);
  }

  get now(): DeploymentState {
    if (this.state === undefined) throw new Error('not started');
    return this.state;
  }

  record(body: EventBody): void {
    const { event, head } = chainEvent(this.#head, body, 0);
    const { state, effects } = transition(this.state, event);
    this.#head = head;
    this.state = state;
    this.events.push(event);
    for (const effect of effects) {
      if (effect.act !== 'stop') this.running.push(effect);
      else for (const id of effect.steps) this.end(id, ended(143, effect.reason));
    }
  }

  /** The program of a step ends. */
  end(id: string, how: ActResult = ended(0)): this {
    const act = this.running.find(({ phase: of, step: name }) => `${of}/${name}` === id);
    if (act === undefined) throw new Error(`${id} does not run; ${JSON.stringify(this.running)} do`);
    this.running = this.running.filter((other) => other !== act);
    const where = { phase: act.phase, step: act.step };
    if (act.act === 'undo') this.record({ type: 'undo.finished', ...where, ...how });
    else if (act.act === 'before' && how.exitCode === 0)
      this.record({ type: 'before.finished', ...where, outputs: { v: '1' } });
    else this.record({ type: 'step.finished', ...where, outputs: { out: '2' }, ...how });
    return this;
  }

  /** Goes on until it waits for a program, or is over. */
  go(situation: Partial<Situation> = {}): this {
    for (let next = this.#next(situation); next !== undefined; next = this.#next(situation))
      this.record(next);
    return this;
  }

  #next(situation: Partial<Situation>): EventBody | undefined {
    return nextEvent(this.now, { ...CALM, ...situation });
  }

  /** The journal in a few words a line, from a line on. */
  lines(from = 1): readonly string[] {
    return this.events.slice(from).map((event) => {
      const where =
        'step' in event ? ` ${event.phase}/${event.step}` : 'phase' in event ? ` ${event.phase}` : '';
      const how =
        'exitCode' in event
          ? ` ${event.exitCode}`
          : 'status' in event
            ? ` ${event.status}`
            : 'reason' in event
              ? ` ${event.reason}`
              : '';
      const left =
        'remaining' in event && event.remaining.length > 0 ? ` left ${event.remaining.join(',')}` : '';
      const failed = 'failedStep' in event && event.failedStep !== null ? ` by ${event.failedStep}` : '';
      return `${event.type}${where}${how}${left}${failed}`;
    });
  }
}

const two = () => [phase('a', [step('x')]), phase('b', [step('y')], { needs: ['a'] })];

describe('forward', () => {
  test('phase by phase, with `before` and its outputs', () => {
    const run = new Deployment(startOf([phase('a', [step('x', { before: 'true' }), step('z')])])).go();
    expect(run.running).toEqual([expect.objectContaining({ act: 'before', step: 'x' })]);
    expect([stepState(run.now, 'a/x').status, stepState(run.now, 'a/x').acted]).toEqual(['before', false]);
    run.end('a/x');
    expect(run.running).toEqual([expect.objectContaining({ act: 'run', step: 'x' })]);
    expect(stepState(run.now, 'a/x')).toMatchObject({
      status: 'running',
      acted: true,
      beforeOutputs: { v: '1' },
    });
    run.end('a/x').go().end('a/z').go();
    expect(run.lines()).toEqual([
      ...[
        'phase.started a',
        'step.started a/x',
        'before.finished a/x',
        'step.finished a/x 0',
        'step.started a/z',
      ],
      ...['step.finished a/z 0', 'phase.finished a success', 'deployment.finished success'],
    ]);
    expect(run.now).toMatchObject({ mode: 'finished', result: 'success', failedStep: null });
    expect(stepState(run.now, 'a/x').outputs).toEqual({ out: '2' });
    expect(run.go().events).toHaveLength(9);
  });

  test('phases that need nothing run side by side; one that needs both waits for both', () => {
    const run = new Deployment(
      startOf([
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
    const run = new Deployment(startOf([phase('a', [step('x', { before: 'true' })])]))
      .go()
      .end('a/x', ended(1))
      .go();
    expect(run.lines(2)).toEqual([
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
    const run = new Deployment(startOf([{ ...a!, onFailure: 'continue' }, b!]))
      .go()
      .end('a/x', ended(1))
      .go()
      .end('b/y')
      .go();
    expect(run.lines(3)).toEqual([
      ...['step.finished a/x 1', 'phase.finished a failure', 'phase.started b', 'step.started b/y'],
      ...['step.finished b/y 0', 'phase.finished b success', 'deployment.finished warning'],
    ]);
    expect(run.now.failedStep).toBeNull();
  });

  test('cancelled: nothing new begins, and the journal stays open', () => {
    const run = new Deployment(startOf(two()))
      .go()
      .end('a/x', ended(143, 'cancelled'))
      .go({ cancelled: true });
    expect(run.lines(3)).toEqual(['step.finished a/x 143']);
    expect(run.now).toMatchObject({
      mode: 'forward',
      steps: { 'a/x': { status: 'interrupted', acted: true } },
    });
    // A later run first undoes what was in flight, then does it again.
    run.go().end('a/x').go();
    expect(run.lines(4)).toEqual(['undo.started a/x', 'undo.finished a/x 0', 'step.started a/x']);
  });

  test('what was in flight and has nothing to undo is only done again', () => {
    const none = phase('a', [step('x', { undo: { kind: 'none' } })]);
    const run = new Deployment(startOf([none])).go().end('a/x', ended(143, 'cancelled')).go();
    expect(run.lines(4)).toEqual(['step.started a/x']);
  });

  test('an undo in flight that fails is the step’s failure', () => {
    const run = new Deployment(startOf(two()))
      .go()
      .end('a/x', ended(143, 'cancelled'))
      .go()
      .end('a/x', ended(7))
      .go();
    expect(run.lines(5).slice(0, 3)).toEqual([
      ...['undo.finished a/x 7', 'phase.finished a failure', 'rollback.started failure by a/x'],
    ]);
    expect(stepState(run.now, 'a/x')).toMatchObject({ status: 'failed', result: { exitCode: 7 } });
  });

  test('a resumed run finds what ran as interrupted, and what had ended as it was', () => {
    const run = new Deployment(startOf(two())).go().end('a/x').go();
    run.running = [];
    run.record({ type: 'deployment.resumed', run: run.now.started.run, dropped: null });
    expect(run.now.steps).toMatchObject({
      'a/x': { status: 'succeeded' },
      'b/y': { status: 'interrupted', acted: true },
    });
    run.go();
    expect(run.lines(7)).toEqual(['deployment.resumed', 'undo.started b/y']);
    run.running = [];
    run.record({ type: 'deployment.resumed', run: run.now.started.run, dropped: null });
    expect(stepState(run.now, 'b/y').undo).toBe('interrupted');
    expect(run.go().lines(9)).toEqual(['deployment.resumed', 'undo.started b/y']);
  });
});

describe('a failure', () => {
  test('stops the phase beside it, and undoes everything that ran, the last first', () => {
    const run = new Deployment(startOf([phase('a', [step('x'), step('z')]), phase('b', [step('y')])]))
      .go()
      .end('a/x')
      .go()
      .end('a/z', ended(1))
      .go();
    expect(run.lines(6)).toEqual([
      ...['step.started a/z', 'step.finished a/z 1', 'phase.finished a failure', 'step.finished b/y 143'],
      ...['phase.finished b stopped', 'rollback.started failure by a/z', 'undo.started a/z'],
    ]);
    expect(stepState(run.now, 'b/y')).toMatchObject({
      status: 'interrupted',
      result: { stopped: 'sibling' },
    });
    run.end('a/z').go().end('b/y').go().end('a/x').go();
    expect(run.lines(13)).toEqual([
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

  test('whose undo fails undoes the others, and says what is left', () => {
    const run = new Deployment(startOf(two())).go().end('a/x').go().end('b/y', ended(1)).go();
    run.end('b/y', ended(9)).go().end('a/x').go();
    expect(run.lines(11)).toEqual([
      ...['undo.finished b/y 9', 'undo.started a/x', 'undo.finished a/x 0'],
      ...['rollback.finished rollback-failed left b/y', 'deployment.finished rollback-failed by b/y'],
    ]);
    expect([run.now.result, remainingSteps(run.now)]).toEqual(['rollback-failed', ['b/y']]);
  });

  test.each(['stop', 'manual'] as const)('is left for people: %s', (how) => {
    const phases = two().map((one) => (how === 'stop' ? { ...one, onFailure: 'stop' as const } : one));
    const started = startOf(phases, how === 'manual' ? { rollback: 'manual' } : {});
    const run = new Deployment(started).go().end('a/x', ended(1)).go();
    expect(run.lines(4)).toEqual(['phase.finished a failure', 'deployment.finished failure by a/x']);
    expect(run.now.onFailure).toBe(how === 'stop' ? 'stop' : 'rollback');
  });

  test('an irreversible step is told, and not undone', () => {
    const run = new Deployment(
      startOf([phase('a', [step('x', { undo: { kind: 'irreversible' } }), step('z')])]),
    )
      .go()
      .end('a/x')
      .go();
    expect(irreversibleSteps(run.now)).toEqual(['a/x']);
    run.end('a/z', ended(1)).go().end('a/z').go();
    expect(run.lines(8)).toEqual([
      ...[
        'undo.started a/z',
        'undo.finished a/z 0',
        'rollback.finished rolled-back',
        'deployment.finished rolled-back by a/z',
      ],
    ]);
    expect(irreversibleSteps(new Deployment(startOf(two())).go().now)).toEqual([]);
  });
});

describe('time', () => {
  test('that is used up stops what runs and rolls back, whatever the phase wants', () => {
    const phases = two().map((one) => ({ ...one, onFailure: 'stop' as const }));
    const run = new Deployment(startOf(phases))
      .go()
      .end('a/x', ended(143, 'deadline'))
      .go({ forwardExpired: true });
    expect(run.lines(3)).toEqual([
      ...[
        'step.finished a/x 143',
        'phase.finished a stopped',
        'rollback.started deadline by a/x',
        'undo.started a/x',
      ],
    ]);
  });

  test('that is used up between two phases rolls back too', () => {
    const run = new Deployment(startOf(two())).go().end('a/x');
    run.record({ type: 'phase.finished', phase: 'a', status: 'success' });
    run.go({ forwardExpired: true });
    expect(run.lines(5)).toEqual(['rollback.started deadline', 'undo.started a/x']);
    expect(run.now.rollbackReason).toBe('deadline');
  });

  test('that is used up when all is done changes nothing', () => {
    const run = new Deployment(startOf([phase('a', [step('x')])])).go().end('a/x').go();
    expect(run.go({ forwardExpired: true }).now.result).toBe('success');
  });

  test('of the rollback: it ends with what it has, or stays open for a later run', () => {
    const failed = () => new Deployment(startOf(two())).go().end('a/x').go().end('b/y', ended(1)).go();
    const open = failed().end('b/y', ended(143, 'deadline')).go({ rollbackExpired: 'leave-open' });
    expect(open.now.mode).toBe('undoing');
    const over = failed().end('b/y', ended(143, 'deadline')).go({ rollbackExpired: 'end' });
    expect(over.lines(12)).toEqual([
      ...['rollback.finished rollback-failed left a/x,b/y', 'deployment.finished rollback-failed by b/y'],
    ]);
    // An undo that a cancel cut off is begun anew; one that failed by itself is not.
    const cut = failed().end('b/y', ended(143, 'cancelled'));
    expect(stepState(cut.now, 'b/y').undo).toBe('interrupted');
    expect(cut.go().lines(12)).toEqual(['undo.started b/y']);
  });
});

describe('a return to an earlier deployment', () => {
  const undoes = {
    deploymentId: 'd0',
    steps: [{ phase: 'a', step: 'x', outputs: { o: '1' }, beforeOutputs: {} }],
  };

  test('is nothing but a rollback of its steps, also where rollbacks are manual', () => {
    const run = new Deployment(startOf(two(), { undoes, rollback: 'manual' })).go();
    expect(run.lines()).toEqual(['rollback.started requested', 'undo.started a/x']);
    expect(stepState(run.now, 'a/x').outputs).toEqual({ o: '1' });
    run.end('a/x').go();
    expect(run.lines(3)).toEqual([
      ...['undo.finished a/x 0', 'rollback.finished rolled-back', 'deployment.finished rolled-back'],
    ]);
  });
});

describe('a journal that cannot be', () => {
  const at = (advance: (run: Deployment) => void, event: EventBody) => () => {
    const run = new Deployment(startOf(two()));
    advance(run);
    run.record(event);
  };
  const x = { phase: 'a', step: 'x' };
  const nothing = () => undefined;
  const running = (run: Deployment) => void run.go();
  const done = (run: Deployment) => void run.go().end('a/x').go().end('b/y').go();

  test.each<[string, () => void, RegExp]>([
    ['a second beginning', at(nothing, startOf(two())), /started already/],
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
      at(nothing, { type: 'step.finished', ...x, outputs: {}, ...ended(0) }),
      /the step is pending/,
    ],
    [
      'a `before` of what has none',
      at(running, { type: 'before.finished', ...x, outputs: {} }),
      /the step is running/,
    ],
    ['an undo of nothing', at(running, { type: 'undo.finished', ...x, ...ended(0) }), /no undo runs/],
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
    const run = new Deployment(startOf(two())).go();
    const { now } = run;
    run.record({ type: 'override', what: 'lock taken over', actor: 'octocat', reason: 'dead' });
    expect(run.now).toEqual(now);
  });
});
