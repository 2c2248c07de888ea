// What property tests of the state machine share: a world without programs, and what must hold at any end.
import { expect } from '@jest/globals';
import fc from 'fast-check';

import { chainEvent, EMPTY_HEAD } from './chain-event.ts';
import type { ActResult, DeploymentStarted, EventBody, JournalEvent } from './event.ts';
import { nextEvent, remainingSteps } from './next-event.ts';
import type { Plan } from './plan.ts';
import { needsUndo, stepsOf, stepState } from './state.ts';
import type { DeploymentState } from './state.ts';
import { transition } from './transition.ts';
import type { Effect } from './transition.ts';

/** Whose run it is. */
export const RUN = {
  repository: 'acme/app',
  sha: 'abc',
  runId: 1,
  attempt: 1,
  job: 'job',
  actor: 'octocat',
  event: 'push',
  ref: '',
};
/** Nobody cancels, and there is time. */
export const CALM = { cancelled: false, forwardExpired: false, rollbackExpired: 'no' } as const;

/** @returns how a program with that exit code ended. */
export const result = (exitCode: number, stopped: ActResult['stopped'] = null): ActResult => ({
  exitCode,
  attempts: 1,
  durationMs: 1,
  category: exitCode === 0 ? null : 'assertion',
  message: '',
  stopped,
});

/** Numbers from 0 to 1, as many as are asked for. */
export const dice = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));

/** @returns the first event of a deployment of that plan. */
export const startedOf = (plan: Plan, rollback: 'auto' | 'manual'): DeploymentStarted => ({
  type: 'deployment.started',
  deploymentId: 'd1',
  environment: 'production',
  commit: 'abc',
  planHash: '0'.repeat(64),
  plan,
  rollback,
  run: RUN,
  undoes: null,
});

/** A world in which programs end when the dice say so; it counts what really ran. */
export class World {
  events: JournalEvent[] = [];
  states: DeploymentState[] = [];
  running: Effect[] = [];
  lines: string[] = [];
  ran: string[] = [];
  #head = EMPTY_HEAD;
  #dice: () => number;

  constructor(dice: () => number) {
    this.#dice = dice;
  }

  get state(): DeploymentState {
    const last = this.states.at(-1);
    if (last === undefined) throw new Error('nothing has been recorded');
    return last;
  }

  record(body: EventBody): void {
    const { event, head, line } = chainEvent(this.#head, body, 0);
    const { state, effects } = transition(this.states.at(-1), event);
    this.#head = head;
    this.events.push(event);
    this.lines.push(line);
    this.states.push(state);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    if (effect.act === 'stop') {
      const stopped = this.running.filter(
        (act) => act.act !== 'stop' && effect.steps.includes(`${act.phase}/${act.step}`),
      );
      this.running = this.running.filter((act) => !stopped.includes(act));
      for (const act of stopped) this.#end(act, result(143, effect.reason));
      return;
    }
    this.ran.push(`${effect.act} ${effect.phase}/${effect.step}`);
    this.running.push(effect);
  }

  #end(act: Effect, ended: ActResult): void {
    if (act.act === 'stop') return;
    const where = { phase: act.phase, step: act.step };
    if (act.act === 'undo') this.record({ type: 'undo.finished', ...where, ...ended });
    else if (act.act === 'before' && ended.exitCode === 0)
      this.record({ type: 'before.finished', ...where, outputs: { v: '1' } });
    else this.record({ type: 'step.finished', ...where, outputs: {}, ...ended });
  }

  /** Runs until the end, or until the journal has `lines` lines: then everything dies. */
  run(lines = Infinity): void {
    while (this.events.length < lines) {
      const next = nextEvent(this.state, CALM);
      if (next !== undefined) {
        this.record(next);
        continue;
      }
      const index = Math.floor(this.#dice() * this.running.length);
      const [act] = this.running.splice(index, 1);
      if (act === undefined) break;
      this.#end(act, result(this.#dice() < 0.15 ? 1 : 0));
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
