import type { CallInterface, InputModel } from './model.ts';
import type { TemplateToken } from './tokens.ts';
import { entriesOf, isMapping, itemsOf, literalText, valueAt } from './tokens.ts';

/** What `on` says: the events by name, and the inputs of those that a person or a workflow gives. */
export interface Triggers {
  readonly events: readonly string[];
  readonly dispatchInputs: readonly InputModel[];
  readonly call: CallInterface | undefined;
}

function parseInputs(token: TemplateToken | undefined): InputModel[] {
  return entriesOf(token).map(({ key, value }) => ({
    name: key,
    type: literalText(valueAt(value, 'type')) ?? 'string',
    required: literalText(valueAt(value, 'required')) === 'true',
    default: valueAt(value, 'default'),
    options: itemsOf(valueAt(value, 'options')).map((option) => literalText(option) ?? ''),
  }));
}

function parseCall(token: TemplateToken): CallInterface {
  return {
    inputs: parseInputs(valueAt(token, 'inputs')),
    secrets: entriesOf(valueAt(token, 'secrets')).map(({ key, value }) => ({
      name: key,
      required: literalText(valueAt(value, 'required')) === 'true',
    })),
    outputs: entriesOf(valueAt(token, 'outputs')).flatMap(({ key, value }) => {
      const text = valueAt(value, 'value');
      return text ? [{ name: key, value: text }] : [];
    }),
  };
}

/**
 * Reads `on`: a name, a list or a mapping. Filters (branches, paths, types, cron) are accepted and decide
 * nothing: who starts a workflow here has chosen the event.
 */
export function parseTriggers(token: TemplateToken | undefined): Triggers {
  if (!token || !isMapping(token)) {
    const events = itemsOf(token).map((item) => literalText(item) ?? '');
    const call = events.includes('workflow_call') ? { inputs: [], secrets: [], outputs: [] } : undefined;
    return { events, dispatchInputs: [], call };
  }
  const call = valueAt(token, 'workflow_call');
  return {
    events: entriesOf(token).map(({ key }) => key),
    dispatchInputs: parseInputs(valueAt(valueAt(token, 'workflow_dispatch'), 'inputs')),
    call: call && parseCall(call),
  };
}
