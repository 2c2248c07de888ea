import { resolve } from 'node:path';

import { engineCommands } from '@sophia/core/deploy/engines/engine-facts';
import type { DeploymentStarted } from '@sophia/core/deploy/event';
import { initialState, stepsOf } from '@sophia/core/deploy/state';
import { SophiaError } from '@sophia/core/errors';

import type { Session } from '../host/session.ts';
import { runProgram } from '../ports/processes.ts';
import type { ReadyDeployment } from './read-deployment.ts';
import { stepEnvironment } from './step-environment.ts';

const TIMEOUT_MS = 30_000;

/**
 * Asks the targets of engines whether they can do what the plan wants, such as a canary; changes nothing.
 *
 * @throws SophiaError `unsupported` where one cannot; nothing has run by then
 */
export async function checkTargets(
  { plan, planHash, deploymentId }: ReadyDeployment,
  session: Session,
): Promise<void> {
  const { host, directory } = session;
  const { variables, run, signal } = host;
  const started: DeploymentStarted = {
    type: 'deployment.started',
    deploymentId,
    environment: plan.environment,
    commit: run.sha,
    planHash,
    plan,
    rollback: 'auto',
    run,
    undoes: null,
  };
  const state = initialState(started);
  for (const { id, phase, step } of stepsOf(started)) {
    for (const words of step.act.kind === 'engine' ? engineCommands(step.act).check : []) {
      const request = { variables, state, phase: phase.name, step, outputFile: null };
      const end = await runProgram({
        words,
        directory: resolve(directory, step.directory),
        variables: stepEnvironment(request),
        timeoutMs: TIMEOUT_MS,
        signal,
      });
      if (end.exitCode !== 0) throw cannot(id, words, host.redaction.redact(end.stderr));
    }
  }
}

function cannot(id: string, words: readonly string[], said: string): SophiaError {
  return new SophiaError('unsupported', {
    message: `${id}: \`${words.join(' ')}\` failed: ${said.trim().split('\n').at(-1) ?? ''}; nothing has run`,
    hint: 'the strategy of the phase needs that; without it, use `strategy: all-at-once` (docs/strategies.md)',
  });
}
