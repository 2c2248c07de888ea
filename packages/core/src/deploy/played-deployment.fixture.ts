// A deployment without programs: what the state machine asks for is noted, and ends when a test says so.
import { chainEvent, EMPTY_HEAD } from './chain-event.ts';
import type { ActResult, DeploymentStarted, EventBody, JournalEvent } from './event.ts';
import type { DeploymentState } from './state.ts';
import { transition } from './transition.ts';
import type { Effect } from './transition.ts';

/** Nobody cancels, and there is time. */
export const CALM = { cancelled: false, forwardExpired: false, rollbackExpired: 'no' } as const;

/** No plan of a test fills so many lines: a machine that goes in circles is found out here. */
const MOST_LINES = 1_000;

/** A program that runs. */
export type Act = Exclude<Effect, { act: 'stop' }>;

/** @returns how a program with that exit code ended. */
export const result = (exitCode: number, stopped: ActResult['stopped'] = null): ActResult => ({
  exitCode,
  attempts: 1,
  durationMs: 1,
  category: exitCode === 0 ? null : 'assertion',
  message: '',
  stopped,
});

/** The journal of a deployment, its states line by line, and what runs. Who is stopped ends at once. */
export class PlayedDeployment {
  readonly events: JournalEvent[] = [];
  /** The journal as it is written. */
  readonly lines: string[] = [];
  /** After each line. */
  readonly states: DeploymentState[] = [];
  running: Act[] = [];
  #head = EMPTY_HEAD;

  constructor(started: DeploymentStarted) {
    this.record(started);
  }

  get state(): DeploymentState {
    const last = this.states.at(-1);
    if (last === undefined) throw new Error('nothing has been recorded');
    return last;
  }

  record(body: EventBody): void {
    if (this.events.length >= MOST_LINES) throw new Error(`${MOST_LINES} lines, and no end`);
    const { event, head, line } = chainEvent(this.#head, body, 0);
    const { state, effects } = transition(this.states.at(-1), event);
    this.#head = head;
    this.events.push(event);
    this.lines.push(line);
    this.states.push(state);
    for (const effect of effects) this.perform(effect);
  }

  protected perform(effect: Effect): void {
    if (effect.act !== 'stop') {
      this.running.push(effect);
      return;
    }
    for (const id of effect.steps) this.finish(this.actOf(id), result(143, effect.reason));
  }

  protected actOf(id: string): Act {
    const act = this.running.find(({ phase, step }) => `${phase}/${step}` === id);
    if (act === undefined) throw new Error(`${id} does not run; ${JSON.stringify(this.running)} do`);
    return act;
  }

  /** A program ends: `before` with the output `v`, a step with the output `out`. */
  protected finish(act: Act, ended: ActResult): void {
    this.running = this.running.filter((other) => other !== act);
    const where = { phase: act.phase, step: act.step };
    if (act.act === 'undo') this.record({ type: 'undo.finished', ...where, ...ended });
    else if (act.act === 'before' && ended.exitCode === 0)
      this.record({ type: 'before.finished', ...where, outputs: { v: '1' } });
    else this.record({ type: 'step.finished', ...where, outputs: { out: '2' }, ...ended });
  }
}
