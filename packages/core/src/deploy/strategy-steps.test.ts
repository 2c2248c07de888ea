import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { parseConfig } from '../config/parse-config.ts';
import { planDeployment } from './plan.ts';
import type { Plan, PlannedStep } from './plan.ts';
import { RUN, startedOf } from './saga-plan.fixture.ts';
import { dice, expectSound, expectUndosInStep, World } from './saga-world.fixture.ts';
import { stepsOf, stepState } from './state.ts';
import { replay } from './transition.ts';
import { verifyJournal } from './verify-journal.ts';

const analysis = {
  pause: fc.constantFrom('1s', '20s'),
  gate: fc.constantFrom('all', ['web']),
};
const optional = { requiredKeys: [] as [] };
const canary = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 })
  .chain((weights) =>
    fc.tuple(
      ...[...weights]
        .sort((a, b) => a - b)
        .map((weight) => fc.record(analysis, optional).map((more) => ({ weight, ...more }))),
    ),
  )
  .map((steps) => ({ canary: { steps } }));
const strategy = fc.oneof(
  canary,
  fc.record(analysis, optional).map((settings) => ({ 'blue-green': settings })),
  fc.constantFrom('canary', 'blue-green', 'all-at-once'),
);
const regions = fc.record(
  {
    waves: fc.constantFrom([['r1'], ['r2', 'r3']], [['r1', 'r2']], [['r1'], ['r2']]),
    'max-failures': fc.nat({ max: 2 }),
  },
  { requiredKeys: ['waves'] },
);
const step = fc.constantFrom(
  { kubernetes: { manifests: 'k8s' } },
  { run: 'true', undo: 'true' },
  { run: 'true', undo: 'none' },
  { run: 'true', before: 'true', undo: 'true' },
);
const phase = fc.record(
  { strategy, regions, steps: fc.array(step, { maxLength: 2 }), needs: fc.constant([]) },
  { requiredKeys: ['strategy', 'steps'] },
);

/** Plans as a configuration gives them: strategies and regions are expanded by the code that a deployment uses. */
const plans = fc.array(phase, { minLength: 1, maxLength: 3 }).map((phases) => {
  const written = phases.map(({ steps, ...more }, index) => ({
    name: `p${index}`,
    ...more,
    // A strategy needs an engine in its phase.
    steps: [{ kubernetes: { manifests: 'k8s' } }, ...steps].map((one, at) => ({ name: `s${at}`, ...one })),
  }));
  const { sections } = parseConfig({
    text: JSON.stringify({
      version: 1,
      checks: { web: { kind: 'command', command: ['true'] } },
      deployment: { timeout: '1h', phases: written },
    }),
    ...{ file: 'sophia.yml', environment: '', deploymentId: 'd1', nowMs: 0, variables: {} },
    sections: ['checks', 'deployment'],
  });
  return planDeployment({ environment: 'production', deployment: sections.deployment, phase: undefined });
});
const kill = fc.nat({ max: 60 });

const start = (plan: Plan, stream: Iterator<number>): World =>
  new World(startedOf(plan.phases, { plan }), () => stream.next().value as number);

const hasGraduallyBegun = ({ act }: PlannedStep) => act.kind === 'engine' && act.stage.kind === 'start';

/** Stage by stage: none begins before the one before it has ended well, a red analysis lets no more traffic move. */
function expectStagesInOrder(world: World): void {
  const well = new Set<string>();
  for (const event of world.events) {
    if (!('step' in event)) continue;
    const id = `${event.phase}/${event.step}`;
    if (event.type === 'step.finished' && event.exitCode === 0) well.add(id);
    if (event.type === 'undo.finished') well.delete(id);
    if (event.type !== 'step.started') continue;
    const { steps } = world.state.started.plan.phases.find(({ name }) => name === event.phase)!;
    const before = steps.slice(
      0,
      steps.findIndex(({ name }) => name === event.step),
    );
    expect(before.filter(({ name }) => !well.has(`${event.phase}/${name}`))).toEqual([]);
    well.delete(id);
  }
}

/** The undo is the first stage's alone, and where all is rolled back, each strategy that was begun has had it. */
function expectTrafficReturned({ state, ran }: World): void {
  const later = stepsOf(state.started).filter(
    ({ step: { act } }) => act.kind === 'engine' && !['whole', 'start'].includes(act.stage.kind),
  );
  expect(later.filter(({ id }) => ran.includes(`undo ${id}`))).toEqual([]);
  if (state.result !== 'rolled-back') return;
  const begun = stepsOf(state.started).filter(
    (planned) => hasGraduallyBegun(planned.step) && stepState(state, planned.id).acted,
  );
  expect(begun.filter(({ id }) => stepState(state, id).undo !== 'done')).toEqual([]);
}

function expectGoodEnd(world: World): void {
  expect(world.state.mode).toBe('finished');
  expectUndosInStep(world);
  expectSound(world.state);
  expectStagesInOrder(world);
  expectTrafficReturned(world);
}

describe('a plan of strategies and regions', () => {
  test('always ends, and any prefix of its journal replays to the state it had then', () => {
    fc.assert(
      fc.property(plans, dice, (plan, stream) => {
        const world = start(plan, stream);
        world.run();
        expectGoodEnd(world);
        for (let length = 1; length <= world.events.length; length += 1) {
          expect(replay(world.events.slice(0, length))).toEqual(world.states[length - 1]);
        }
        expect(verifyJournal(`${world.lines.join('\n')}\n`, 'd1').state).toBe('intact');
      }),
      { numRuns: 60 },
    );
  });

  test('killed after any line, it can be resumed', () => {
    fc.assert(
      fc.property(plans, dice, kill, (plan, stream, lines) => {
        const world = start(plan, stream);
        world.run(lines + 1);
        if (world.state.mode === 'finished') return;
        world.record({ type: 'deployment.resumed', run: RUN, dropped: null });
        world.run();
        expectGoodEnd(world);
      }),
      { numRuns: 200 },
    );
  });

  test('killed after any line, it can be rolled back, even if the rollback is killed too', () => {
    fc.assert(
      fc.property(plans, dice, fc.tuple(kill, fc.nat({ max: 10 })), (plan, stream, [lines, again]) => {
        const world = start(plan, stream);
        world.run(lines + 1);
        const rollBack = (most: number) => {
          if (world.state.mode === 'finished') return;
          world.record({ type: 'rollback.started', reason: 'unfinished', failedStep: null });
          world.run(world.events.length + most);
        };
        const isOver = world.state.mode === 'finished';
        rollBack(again);
        rollBack(Infinity);
        if (isOver) return;
        expect(['rolled-back', 'rollback-failed']).toContain(world.state.result);
        expectGoodEnd(world);
      }),
      { numRuns: 200 },
    );
  });
});
