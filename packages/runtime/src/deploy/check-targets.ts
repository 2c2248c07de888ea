import { resolve } from 'node:path';

import { engineCommands } from '@sophia/core/deploy/engines/engine-facts';
import type { EngineAct } from '@sophia/core/deploy/engines/engine-act';
import { initialState, stepsOf } from '@sophia/core/deploy/state';
import { SophiaError } from '@sophia/core/errors';

import type { Session } from '../host/session.ts';
import { runProgram } from '../ports/processes.ts';
import { endedWell } from './acts.ts';
import type { Attempt } from './acts.ts';
import type { EngineRequest } from './engines/perform-engine.ts';
import type { ReadyDeployment } from './read-deployment.ts';
import { startedEvent } from './started-event.ts';
import { stepEnvironment } from './step-environment.ts';

const TIMEOUT_MS = 30_000;

/**
 * Asks the targets of engines whether they can do what the plan wants, such as a canary; changes nothing.
 *
 * @throws SophiaError `unsupported` where one cannot; nothing has run by then
 */
export async function checkTargets(ready: ReadyDeployment, session: Session): Promise<void> {
  const { host, directory } = session;
  const { variables, signal } = host;
  const started = startedEvent(ready, session, 'auto');
  const state = initialState(started);
  for (const { id, phase, step } of stepsOf(started)) {
    if (step.act.kind !== 'engine') continue;
    for (const words of engineCommands(step.act).check) {
      const request = { variables, state, phase: phase.name, step, outputFile: null };
      const end = await runProgram({
        words,
        directory: resolve(directory, step.directory),
        variables: stepEnvironment(request),
        timeoutMs: TIMEOUT_MS,
        signal,
      });
      const said = host.redaction.redact(end.stderr).trim().split('\n').at(-1) ?? '';
      if (end.exitCode !== 0) throw cannot(`${id}: \`${words.join(' ')}\` failed: ${said}`);
    }
    const { exitCode, message } = await askEngine(step.act, { phase, step, state, session });
    if (exitCode !== 0) throw cannot(`${id}: ${message}`);
  }
}

/** What an engine itself finds out about its target, with nothing of it in the log. */
async function askEngine(
  act: EngineAct,
  { session, step, ...request }: Pick<EngineRequest, 'phase' | 'step' | 'state' | 'session'>,
): Promise<Attempt> {
  // Only a strategy asks for what a target may not have.
  if (act.stage.kind !== 'start') return endedWell();
  const { performEngine } = await import('./engines/perform-engine.ts');
  const stopping = new AbortController();
  const stop = () => stopping.abort('cancelled');
  session.host.signal.addEventListener('abort', stop);
  try {
    return await performEngine(act, {
      ...request,
      act: 'check',
      step: { ...step, timeoutMs: TIMEOUT_MS },
      session,
      directory: resolve(session.directory, step.directory),
      log: { say: () => undefined, note: () => undefined, close: () => undefined },
      signal: stopping.signal,
    });
  } finally {
    session.host.signal.removeEventListener('abort', stop);
  }
}

function cannot(what: string): SophiaError {
  return new SophiaError('unsupported', {
    message: `${what}; nothing has run`,
    hint: 'the strategy of the phase needs that; without it, use `strategy: all-at-once` (docs/strategies.md)',
  });
}
