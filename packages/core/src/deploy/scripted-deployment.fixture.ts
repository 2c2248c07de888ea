// What scenarios of the state machine share: programs that end by name, and a journal in few words.
import type { ActResult, EventBody, JournalEvent } from './event.ts';
import { nextEvent } from './next-event.ts';
import type { Situation } from './next-event.ts';
import { CALM, PlayedDeployment, result } from './played-deployment.fixture.ts';

/** A deployment whose programs end as a scenario tells. */
export class ScriptedDeployment extends PlayedDeployment {
  /** The program of a step, such as `a/x`, ends. */
  end(id: string, how: ActResult = result(0)): this {
    this.finish(this.actOf(id), how);
    return this;
  }

  /** Goes on until it waits for a program, or is over. */
  go(situation: Partial<Situation> = {}): this {
    for (let next = this.#next(situation); next !== undefined; next = this.#next(situation))
      this.record(next);
    return this;
  }

  /** The journal in a few words a line, from a line on. */
  told(from = 1): readonly string[] {
    return this.events.slice(from).map(inWords);
  }

  #next(situation: Partial<Situation>): EventBody | undefined {
    return nextEvent(this.state, { ...CALM, ...situation });
  }
}

function inWords(event: JournalEvent): string {
  const words: string[] = [event.type];
  if ('step' in event) words.push(`${event.phase}/${event.step}`);
  else if ('phase' in event) words.push(event.phase);
  if ('exitCode' in event) words.push(String(event.exitCode));
  else if ('status' in event) words.push(event.status);
  else if ('reason' in event) words.push(event.reason);
  if ('remaining' in event && event.remaining.length > 0) words.push(`left ${event.remaining.join(',')}`);
  if ('failedStep' in event && event.failedStep !== null) words.push(`by ${event.failedStep}`);
  return words.join(' ');
}
