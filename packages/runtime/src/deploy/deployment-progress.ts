import type { ActResult, EventBody } from '@sophia/core/deploy/event';
import { stepId } from '@sophia/core/deploy/plan';
import type { Plan } from '@sophia/core/deploy/plan';

import type { Progress } from '../ports/progress.ts';

/** Shows the steps of a plan, all of them waiting. */
export function beginSteps(progress: Progress, { phases }: Plan): void {
  progress.begin(phases.flatMap(({ name, steps }) => steps.map((step) => stepId(name, step.name))));
}

/** The two budgets of a run, in milliseconds from now (contract, section 4). */
export interface Budgets {
  readonly forwardMs: number;
  readonly rollbackMs: number;
}

/** Shows the budgets of a run: the one for steps, or, in a rollback, the other. */
export function showBudgets(
  progress: Progress,
  { forwardMs, rollbackMs }: Budgets,
  isUndoing: boolean,
): void {
  const steps = { name: 'steps', limitMs: forwardMs, isUsed: !isUndoing };
  // A run that only rolls back has no time for steps.
  progress.allow([
    ...(forwardMs > 0 ? [steps] : []),
    { name: 'rollback', limitMs: rollbackMs, isUsed: isUndoing },
  ]);
}

/** Shows what an event of the journal says of its step. */
export function showEvent(progress: Progress, event: EventBody): void {
  switch (event.type) {
    case 'step.started':
      return progress.update(stepId(event.phase, event.step), { state: 'running' });
    case 'step.finished':
      return progress.update(stepId(event.phase, event.step), {
        state: event.exitCode === 0 ? 'success' : 'failure',
        text: wordsOf(event),
      });
    case 'undo.started':
      return progress.update(stepId(event.phase, event.step), { state: 'undoing' });
    case 'undo.finished':
      return progress.update(stepId(event.phase, event.step), {
        state: event.exitCode === 0 ? 'undone' : 'failure',
        text: event.exitCode === 0 ? '' : `undo: ${event.message}`,
      });
    default:
      return undefined;
  }
}

const wordsOf = ({ message, attempts }: ActResult) =>
  [message, ...(attempts > 1 ? [`${attempts} attempts`] : [])].filter((part) => part !== '').join(', ');
