import { evaluateText, evaluateTexts } from '../expressions/evaluate.ts';
import type { ActionCall } from '../workflow/model.ts';
import type { ActionInput } from '../workflow/parse-action.ts';
import type { Execution } from './execution.ts';

/**
 * The inputs of an action: what the step gives, else their defaults. One that the action does not declare is
 * passed on with a warning, as the runner does.
 */
export function evaluateInputs(
  execution: Execution,
  call: ActionCall,
  declared: readonly ActionInput[],
): Record<string, string> {
  const given = Object.entries(evaluateTexts(call.with, execution.scope));
  const names = declared.map(({ name }) => name);
  const isDeclared = (key: string): boolean => names.some((name) => name.toLowerCase() === key.toLowerCase());
  const unknown = given.filter(([key]) => !isDeclared(key)).map(([key]) => key);
  if (unknown.length > 0 && execution.task.stage === 'main') {
    const quote = (list: readonly string[]): string => list.map((name) => `'${name}'`).join(', ');
    const message = `Unexpected input(s) ${quote(unknown)}, valid inputs are [${quote(names)}]`;
    execution.annotate({ level: 'warning', message });
  }
  const inputs: Record<string, string> = {};
  for (const input of declared) {
    const value = given.find(([key]) => key.toLowerCase() === input.name.toLowerCase())?.[1];
    inputs[input.name] = value ?? evaluateText(input.default, execution.scope);
    if (value !== undefined && input.deprecation !== undefined && execution.task.stage === 'main') {
      execution.annotate({
        level: 'warning',
        message: `Input '${input.name}' has been deprecated with message: ${input.deprecation}`,
      });
    }
  }
  for (const key of unknown) inputs[key] = given.find(([name]) => name === key)?.[1] ?? '';
  return inputs;
}
