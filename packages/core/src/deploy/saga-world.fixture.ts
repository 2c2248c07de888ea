// What property tests of the state machine share: a world that goes by dice, and what must hold at any end.
import { expect } from '@jest/globals';
import fc from 'fast-check';

import type { DeploymentStarted } from './event.ts';
import { nextEvent, remainingSteps } from './next-event.ts';
import { CALM, PlayedDeployment, result } from './played-deployment.fixture.ts';
import { needsUndo, stepsOf, stepState } from './state.ts';
import type { DeploymentState } from './state.ts';
import type { Effect } from './transition.ts';

/** Numbers from 0 to 1, as many as are asked for. */
export const dice = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));

/** A world in which programs end when the dice say so; it notes what really ran. */
export class World extends PlayedDeployment {
  readonly ran: string[] = [];
  readonly #dice: () => number;

  constructor(started: DeploymentStarted, dice: () => number) {
    super(started);
    this.#dice = dice;
  }

  protected override perform(effect: Effect): void {
    if (effect.act !== 'stop') this.ran.push(`${effect.act} ${effect.phase}/${effect.step}`);
    super.perform(effect);
  }

  /** Runs until the end, or until the journal has `lines` lines: then everything dies. */
  run(lines = Infinity): void {
    while (this.events.length < lines) {
      const next = nextEvent(this.state, CALM);
      if (next !== undefined) {
        this.record(next);
        continue;
      }
      const act = this.running[Math.floor(this.#dice() * this.running.length)];
      if (act === undefined) break;
      this.finish(act, result(this.#dice() < 0.15 ? 1 : 0));
    }
    if (this.events.length >= lines) this.running = [];
  }
}

/** Between two starts of a step, its undo ends well at most once; and it never runs before the step acted. */
export function expectUndosInStep(world: World): void {
  for (const { id } of stepsOf(world.state.started)) {
    let done = true;
    for (const event of world.events) {
      if (!('step' in event) || `${event.phase}/${event.step}` !== id) continue;
      if (event.type === 'step.started') done = false;
      if (event.type === 'undo.started') expect(done).toBe(false);
      if (event.type === 'undo.finished' && event.exitCode === 0) done = true;
    }
  }
}

/** The end is either the new release, or nothing of it but what is said to remain. */
export function expectSound(state: DeploymentState): void {
  if (state.result === 'rolled-back') expect(remainingSteps(state)).toEqual([]);
  if (state.result === 'rollback-failed') expect(remainingSteps(state)).not.toEqual([]);
  if (state.result === 'success') {
    for (const planned of stepsOf(state.started))
      expect(stepState(state, planned.id).status).toBe('succeeded');
  }
  for (const planned of stepsOf(state.started)) {
    const own = stepState(state, planned.id);
    if (state.result === 'rolled-back' && own.acted && planned.step.undo.kind === 'command')
      expect(own.undo).toBe('done');
    if (needsUndo(planned, own) && state.result === 'rolled-back') throw new Error(`${planned.id} was left`);
  }
}
