import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { propertyRuns } from '../property-runs.fixture.ts';
import { nextEvent } from './next-event.ts';
import type { PlannedPhase } from './plan.ts';
import { CALM, result } from './played-deployment.fixture.ts';
import { RUN, startedOf, step } from './saga-plan.fixture.ts';
import { dice, expectSound, expectUndosInStep, World } from './saga-world.fixture.ts';
import { needsUndo, stepsOf, stepState } from './state.ts';
import type { DeploymentState } from './state.ts';
import { replay } from './transition.ts';
import { verifyJournal } from './verify-journal.ts';

interface StepShape {
  readonly undo: 'command' | 'none' | 'irreversible';
  readonly before: boolean;
}
interface PhaseShape {
  readonly needsBefore: boolean;
  readonly onFailure: PlannedPhase['onFailure'];
  readonly steps: readonly StepShape[];
  /** Set: the phase is one region of one fleet, of which so many may fail. */
  readonly maxFailures?: number;
}

const phasesOf = (shapes: readonly PhaseShape[]): readonly PlannedPhase[] =>
  shapes.map(({ needsBefore, onFailure, steps, maxFailures }, index) => ({
    ...(maxFailures === undefined ? {} : { region: { name: `r${index}`, of: 'fleet', maxFailures } }),
    name: `p${index}`,
    needs: needsBefore && index > 0 ? [`p${index - 1}`] : [],
    onFailure,
    steps: steps.map(({ undo, before }, number) =>
      step(`s${number}`, {
        before: before ? 'true' : null,
        undo: undo === 'command' ? { kind: 'command', command: 'true' } : { kind: undo },
      }),
    ),
  }));

const shapes = fc.array(
  fc.record({
    needsBefore: fc.boolean(),
    onFailure: fc.constantFrom('rollback', 'stop', 'continue') as fc.Arbitrary<PhaseShape['onFailure']>,
    steps: fc.array(
      fc.record({
        undo: fc.constantFrom('command', 'none', 'irreversible') as fc.Arbitrary<StepShape['undo']>,
        before: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
  }),
  { minLength: 1, maxLength: 5 },
);
const rollback = fc.constantFrom('auto', 'manual') as fc.Arbitrary<'auto' | 'manual'>;

const start = (
  phases: readonly PhaseShape[],
  stream: Iterator<number>,
  mode: 'auto' | 'manual' = 'auto',
): World => new World(startedOf(phasesOf(phases), { rollback: mode }), () => stream.next().value as number);

describe('the state machine of a deployment', () => {
  test('always ends, and any prefix of its journal replays to the state it had then', () => {
    fc.assert(
      fc.property(shapes, dice, rollback, (phases, stream, mode) => {
        const world = start(phases, stream, mode);
        world.run();
        expect(world.state.mode).toBe('finished');
        for (let length = 1; length <= world.events.length; length += 1) {
          expect(replay(world.events.slice(0, length))).toEqual(world.states[length - 1]);
        }
        expect(verifyJournal(`${world.lines.join('\n')}\n`, 'd1').state).toBe('intact');
      }),
      { numRuns: propertyRuns(200) },
    );
  });

  test('killed after any line, it can be resumed, and ends with nothing undone twice or left by oversight', () => {
    fc.assert(
      fc.property(shapes, dice, fc.nat({ max: 40 }), (phases, stream, kill) => {
        const world = start(phases, stream);
        world.run(kill + 1);
        if (world.state.mode === 'finished') return;
        world.record({ type: 'deployment.resumed', run: RUN, dropped: null });
        world.run();
        expect(world.state.mode).toBe('finished');
        expectUndosInStep(world);
        expectSound(world.state);
      }),
      { numRuns: propertyRuns(400) },
    );
  });

  test('killed after any line, it can be rolled back, even if the rollback is killed too', () => {
    fc.assert(
      fc.property(
        shapes,
        dice,
        fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 10 })),
        (phases, stream, [kill, again]) => {
          const world = start(phases, stream);
          world.run(kill + 1);
          if (world.state.mode === 'finished' && world.state.result !== 'failure') return;
          world.record({ type: 'rollback.started', reason: 'unfinished', failedStep: null });
          world.run(world.events.length + again);
          if (world.state.mode !== 'finished') {
            world.record({ type: 'rollback.started', reason: 'unfinished', failedStep: null });
            world.run();
          }
          expect(['rolled-back', 'rollback-failed']).toContain(world.state.result);
          expectUndosInStep(world);
          expectSound(world.state);
        },
      ),
      { numRuns: propertyRuns(400) },
    );
  });

  test('regions: as many as may fail are undone alone; one more undoes all of them, also after a kill', () => {
    const fleet = fc
      .tuple(shapes, fc.nat({ max: 2 }))
      .map(([phases, maxFailures]) =>
        phases.map((phase) => ({ ...phase, onFailure: 'rollback' as const, maxFailures })),
      );
    fc.assert(
      fc.property(fleet, dice, fc.nat({ max: 40 }), (phases, stream, kill) => {
        const world = start(phases, stream);
        world.run(kill + 1);
        if (world.state.mode !== 'finished') {
          world.record({ type: 'deployment.resumed', run: RUN, dropped: null });
          world.run();
        }
        const { state } = world;
        const failed = Object.values(state.phases).filter((status) => status === 'failure').length;
        const allowed = phases[0]?.maxFailures ?? 0;
        expect(state.mode).toBe('finished');
        expectUndosInStep(world);
        expectSound(state);
        if (failed > allowed) expect(['rolled-back', 'rollback-failed']).toContain(state.result);
        else if (failed > 0) expect(['warning', 'failure']).toContain(state.result);
        if (state.result === 'warning') expect(remainingInFailed(state)).toEqual([]);
      }),
      { numRuns: propertyRuns(400) },
    );
  });

  test('an event that cannot happen is refused', () => {
    const world = start(
      [{ needsBefore: false, onFailure: 'rollback', steps: [{ undo: 'command', before: false }] }],
      dice_(),
    );
    expect(() => world.record({ type: 'undo.started', phase: 'p0', step: 's0' })).toThrow('it is not due');
    expect(() => world.record({ type: 'step.started', phase: 'p0', step: 'nobody' })).toThrow(
      'no step p0/nobody',
    );
  });

  test('a failure stops what runs beside it, and undoes everything in reverse order of its start', () => {
    const plain: StepShape = { undo: 'command', before: false };
    const world = start(
      [
        { needsBefore: false, onFailure: 'rollback', steps: [plain, plain] },
        { needsBefore: false, onFailure: 'rollback', steps: [plain] },
      ],
      dice_(),
    );
    const drain = () => {
      for (
        let next = nextEvent(world.state, CALM);
        next !== undefined && world.running.length < 2;
        next = nextEvent(world.state, CALM)
      )
        world.record(next);
    };
    drain();
    expect(world.ran).toEqual(['run p0/s0', 'run p1/s0']);
    world.running.shift();
    world.record({ type: 'step.finished', phase: 'p0', step: 's0', outputs: {}, ...result(1) });
    world.run();
    expect(world.ran.slice(2)).toEqual(['undo p1/s0', 'undo p0/s0']);
    expect(world.state).toMatchObject({ result: 'rolled-back', failedStep: 'p0/s0' });
  });
});

/** Steps of failed phases that have an undo which did not end well. */
const remainingInFailed = (state: DeploymentState) =>
  stepsOf(state.started)
    .filter((planned) => state.phases[planned.phase.name] === 'failure')
    .filter((planned) => needsUndo(planned, stepState(state, planned.id)))
    .map(({ id }) => id);

function* dice_(): Generator<number> {
  for (;;) yield 0.5;
}
