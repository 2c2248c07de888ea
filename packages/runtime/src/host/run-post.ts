import { parseInputs } from '@sophia/core/definition/action';
import type { ActionDefinition, InputsOf } from '@sophia/core/definition/action';

import { actionsHost } from './actions.ts';
import type { Outcome } from './outcome.ts';
import { publish } from './publish.ts';
import { annotateError } from './run-action.ts';
import { startSession } from './session.ts';
import type { CommonInputs, Session } from './session.ts';

/** What an action does when its job ends, cancelled or not; undefined: there was nothing to do, and no report is due. */
export type PostCase<D extends ActionDefinition> = (
  inputs: InputsOf<D>,
  session: Session,
) => Promise<Outcome | undefined>;

/** Runs the post step of an action: the runner gives it the inputs of the main step, and the state that it saved. */
export async function runPost<D extends ActionDefinition>(
  definition: D,
  load: () => Promise<PostCase<D>>,
): Promise<void> {
  const host = actionsHost({ ...process.env });
  const read = (name: string) => host.variables[`INPUT_${name.toUpperCase()}`] ?? '';
  for (const [name, input] of Object.entries(definition.inputs))
    if (input.secret && read(name) !== '') host.mask(read(name));
  try {
    const inputs = parseInputs(definition, read);
    const session = startSession(definition.name, host, inputs as unknown as CommonInputs);
    const result = await (await load())(inputs, session);
    if (result !== undefined) await publish(session, result);
    if (result?.passes === false) {
      process.exitCode = 1;
      host.log.error(`${result.status}: ${result.summary}`);
    }
  } catch (error) {
    process.exitCode = 1;
    annotateError(host, error, definition.name);
  }
  process.exit();
}
