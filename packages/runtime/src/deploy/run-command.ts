import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stepId } from '@sophia/core/deploy/plan';
import { stepState } from '@sophia/core/deploy/state';

import type { Session } from '../host/session.ts';
import { endedBadly, endedWell } from './acts.ts';
import type { ActRequest, Attempt } from './acts.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { createOutputFile } from './output-file.ts';
import type { ReadOutputs } from './output-file.ts';
import { runStepProgram } from './run-step-program.ts';

/** GitHub's `shell: bash` (workflow syntax, `jobs.<job_id>.steps[*].shell`). */
const BASH = ['bash', '--noprofile', '--norc', '-eo', 'pipefail'] as const;

export interface CommandRequest extends ActRequest {
  readonly command: string | readonly string[];
  /** Absolute. */
  readonly directory: string;
  readonly session: Session;
  readonly log: DeploymentLog;
  /** A folder of our own for scripts and outputs. */
  readonly folder: string;
  /** Aborted with a {@link StopReason}. */
  readonly signal: AbortSignal;
}

/** Runs one command of a step once, and reads its outputs. */
export async function runCommand(request: CommandRequest): Promise<Attempt> {
  const { phase, step, act, session, log, folder } = request;
  const id = stepId(phase.name, step.name);
  const unique = randomBytes(8).toString('hex');
  const outputs = await createOutputFile(folder, session.host.redaction, `output-${unique}`);
  const script = join(folder, `script-${unique}.sh`);
  const unset = step.secrets.filter((name) => (session.host.variables[name] ?? '') === '');
  if (unset.length > 0) log.say('INFO', `${id}: listed under \`secrets\`, but not set: ${unset.join(', ')}`);
  const words = await wordsOf(request.command, script);
  const timeoutMs = step.timeoutMs;
  const end = await runStepProgram({ ...request, words, outputFile: outputs.path, timeoutMs });
  await rm(script, { force: true });
  const written = await outputs.read(act === 'undo' ? [] : step.outputs);
  return end.failure ?? judgeOutputs(request, id, written);
}

async function wordsOf(
  command: string | readonly string[],
  script: string,
): Promise<readonly [string, ...string[]]> {
  if (typeof command !== 'string') {
    const [program = '', ...args] = command;
    return [program, ...args];
  }
  await writeFile(script, command, { mode: 0o600 });
  return [...BASH, script];
}

/** A program that ended well but wrote unusable outputs has failed: what comes after relies on them. */
function judgeOutputs({ act, step, log, state }: CommandRequest, id: string, written: ReadOutputs): Attempt {
  if ('problem' in written) return act === 'undo' ? endedWell() : endedBadly('assertion', written.problem);
  if (act !== 'undo' && written.undeclared.length > 0) {
    log.say(
      'WARNING',
      `${id}: left out, because \`outputs\` does not name it: ${written.undeclared.join(', ')}`,
    );
  }
  const known = { ...stepState(state, id).beforeOutputs, ...written.outputs };
  const missing = step.outputs.filter((name) => known[name] === undefined);
  if (act === 'run' && missing.length > 0) {
    log.say('WARNING', `${id}: did not write the outputs ${missing.join(', ')}`);
  }
  return endedWell(written.outputs);
}
