import type { EventBody, JournalEvent, StopReason } from '@sophia/core/deploy/event';
import { nextEvent } from '@sophia/core/deploy/next-event';
import { stepId } from '@sophia/core/deploy/plan';
import { stepsOf } from '@sophia/core/deploy/state';
import type { DeploymentState } from '@sophia/core/deploy/state';
import { replay, transition } from '@sophia/core/deploy/transition';
import type { Effect } from '@sophia/core/deploy/transition';

import type { Redaction } from '../ports/redaction.ts';
import type { PerformAct, RunningAct } from './acts.ts';
import type { OpenJournal } from './journal-store.ts';
import { redactEvent } from './redact-event.ts';

/** Programs get so long after a cancel; the runner kills all of us after 7.5 s (notes of the runner). */
const CANCEL_GRACE_MS = 5_000;

export interface SagaRequest {
  readonly journal: OpenJournal;
  readonly perform: PerformAct;
  readonly redaction: Redaction;
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal;
  /** From now on, for steps and for their undo. */
  readonly forwardMs: number;
  readonly rollbackMs: number;
  /** What becomes of a rollback whose time is up. */
  readonly atRollbackEnd: 'end' | 'leave-open';
  /** Told of every event after it was flushed and before its effects. */
  readonly onEvent: (event: JournalEvent, state: DeploymentState) => void;
}

/** How a saga left its deployment. */
export interface SagaEnd {
  readonly state: DeploymentState;
  readonly cancelled: boolean;
}

/**
 * Interprets the state machine until the deployment has ended, is cancelled, or waits for a later run. Events are
 * appended to the journal; before an effect begins, and before it waits, the journal is flushed.
 *
 * @param first what this run records first (a resumption, the beginning of a rollback)
 * @throws SophiaError `environment` where the journal cannot be written; every program is stopped by then
 */
export async function runSaga(request: SagaRequest, first: readonly EventBody[] = []): Promise<SagaEnd> {
  const saga = new Saga(request);
  try {
    for (const event of first) await saga.record(event);
    await saga.runToEnd();
    return { state: saga.state, cancelled: saga.cancelled };
  } catch (error) {
    await saga.stopAndWait('sibling');
    throw error;
  } finally {
    saga.close();
  }
}

type StepEffect = Exclude<Effect, { act: 'stop' }>;

class Saga {
  readonly #request: SagaRequest;
  readonly #running = new Map<string, RunningAct>();
  readonly #ended: EventBody[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #state: DeploymentState;
  #wake: () => void = () => undefined;
  #forwardExpired = false;
  #rollbackExpired = false;
  #givenUp = false;
  readonly #onAbort = () => this.#cancel();

  constructor(request: SagaRequest) {
    this.#request = request;
    const state = replay(request.journal.events);
    if (state === undefined) throw new Error('a saga needs a journal that was begun');
    this.#state = state;
    if (state.mode === 'undoing') this.#limitRollback();
    this.#later(() => this.#expireForward(), request.forwardMs);
    request.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (request.signal.aborted) this.#cancel();
  }

  get state(): DeploymentState {
    return this.#state;
  }

  get cancelled(): boolean {
    return this.#request.signal.aborted;
  }

  async record(body: EventBody): Promise<void> {
    const event = await this.#request.journal.append(redactEvent(body, this.#request.redaction));
    const { state, effects } = transition(this.#state, event);
    this.#state = state;
    if (event.type === 'rollback.started') this.#limitRollback();
    this.#request.onEvent(event, state);
    if (effects.length > 0) await this.#request.journal.flush();
    for (const effect of effects) this.#perform(effect);
  }

  async runToEnd(): Promise<void> {
    while (!this.#givenUp) {
      const next = this.#ended.shift() ?? nextEvent(this.#state, this.#situation());
      if (next !== undefined) await this.record(next);
      else if (this.#request.journal.isFlushed) {
        if (this.#running.size === 0) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      } else await this.#request.journal.flush();
    }
    for (const event of this.#ended.splice(0)) await this.record(event);
    await this.#request.journal.flush();
  }

  /** For an end without a journal: nothing may be left running. */
  async stopAndWait(reason: StopReason): Promise<void> {
    const running = [...this.#running.values()];
    for (const act of running) act.stop(reason);
    await Promise.all(running.map((act) => act.ended.catch(() => undefined)));
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#request.signal.removeEventListener('abort', this.#onAbort);
  }

  #situation() {
    return {
      cancelled: this.cancelled,
      forwardExpired: this.#forwardExpired,
      rollbackExpired: this.#rollbackExpired ? this.#request.atRollbackEnd : 'no',
    } as const;
  }

  #perform(effect: Effect): void {
    if (effect.act === 'stop') {
      for (const id of effect.steps) this.#running.get(id)?.stop(effect.reason);
      return;
    }
    // Cancelled while the line was flushed: it stays in flight in the journal, and is undone like any other.
    if (this.cancelled) return;
    const id = stepId(effect.phase, effect.step);
    const planned = stepsOf(this.#state.started).find((step) => step.id === id);
    if (planned === undefined) throw new Error(`the plan has no step ${id}`);
    const running = this.#request.perform({ act: effect.act, ...planned, state: this.#state });
    this.#running.set(id, running);
    void running.ended.then((end) => {
      this.#running.delete(id);
      this.#ended.push(endEvent(effect, end));
      this.#wake();
    });
  }

  #later(act: () => void, delayMs: number): void {
    this.#timers.add(setTimeout(act, delayMs));
  }

  #stopAll(reason: StopReason): void {
    for (const act of this.#running.values()) act.stop(reason);
    this.#wake();
  }

  #expireForward(): void {
    if (this.#state.mode !== 'forward') return;
    this.#forwardExpired = true;
    this.#stopAll('deadline');
  }

  #limitRollback(): void {
    this.#later(() => {
      this.#rollbackExpired = true;
      this.#stopAll('deadline');
    }, this.#request.rollbackMs);
  }

  #cancel(): void {
    this.#stopAll('cancelled');
    this.#later(() => {
      this.#givenUp = true;
      this.#wake();
    }, CANCEL_GRACE_MS);
  }
}

function endEvent({ act, phase, step }: StepEffect, end: Awaited<RunningAct['ended']>): EventBody {
  const { outputs, ...result } = end;
  if (act === 'undo') return { type: 'undo.finished', phase, step, ...result };
  if (act === 'before' && end.exitCode === 0) return { type: 'before.finished', phase, step, outputs };
  return { type: 'step.finished', phase, step, outputs: act === 'before' ? {} : outputs, ...result };
}
