import { SophiaError } from '@sophia/core/errors';
import type { Builtin } from '../builtins/builtin.ts';
import { evaluateTexts } from '../expressions/evaluate.ts';
import type { ActionCall } from '../workflow/model.ts';
import type { Execution } from './execution.ts';
import { actionEnvironment } from './step-environment.ts';

function evaluateBuiltinInputs(
  execution: Execution,
  call: ActionCall,
  builtin: Builtin,
): Record<string, string> {
  const given = evaluateTexts(call.with, execution.scope);
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(builtin.inputs, key.toLowerCase()));
  if (unknown.length > 0) {
    throw new SophiaError('unsupported', {
      message: `${builtin.name}: the input '${unknown[0]}' is not supported locally`,
      hint: `supported are ${Object.keys(builtin.inputs).join(', ')}`,
    });
  }
  const lower = Object.entries(given).map(([key, value]) => [key.toLowerCase(), value]);
  return { ...builtin.inputs, ...(Object.fromEntries(lower) as Record<string, string>) };
}

/** Runs the local equivalent of a third-party action. */
export async function runBuiltin(execution: Execution, call: ActionCall, builtin: Builtin): Promise<void> {
  const { job } = execution;
  const inputs = evaluateBuiltinInputs(execution, call, builtin);
  await builtin.run({
    input: (name) => (inputs[name] ?? '').trim(),
    workspace: job.directories.workspace,
    temp: job.directories.temp,
    outDirectory: job.run.outDirectory,
    jobId: job.key,
    env: actionEnvironment(execution, {}),
    github: job.fixed.github,
    permissions: job.permissions,
    nodePath: job.run.nodePath,
    signal: execution.signal,
    source: job.run.source,
    log: (line) => execution.log(line),
    warn: (message) => execution.annotate({ level: 'warning', message }),
    setOutput: (name, value) => {
      execution.outputs[name] = value;
    },
    addPath: (directory) => {
      job.paths.push(directory);
    },
  });
}
