import { evaluateText, type Scope } from '../expressions/evaluate.ts';
import { isBasicExpression } from '../workflow/tokens.ts';
import type { StepTask } from './step-task.ts';

const PREFIX = { pre: 'Pre ', main: '', post: 'Post ' } as const;

function evaluated(task: StepTask, scope: Scope): string {
  const { name, call } = task.step;
  const token = name ?? (call.kind === 'run' ? call.script : undefined);
  if (!token) return call.kind === 'uses' ? call.uses : '';
  try {
    return evaluateText(token, scope);
  } catch {
    return isBasicExpression(token) ? token.expression : token.toString();
  }
}

/** The name by which a step is shown: its own, or `Run` and what it runs, as GitHub does. */
export function taskName(task: StepTask, scope: Scope): string {
  const line = evaluated(task, scope).trim().split('\n')[0] ?? '';
  return PREFIX[task.stage] + (task.step.name ? line : `Run ${line}`);
}
