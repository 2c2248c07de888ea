import type { EngineAct } from '@sophia/core/deploy/engines/engine-act';
import { fillOutputs } from '@sophia/core/deploy/engines/fill-outputs';
import type { Outputs } from '@sophia/core/deploy/event';
import { stepId } from '@sophia/core/deploy/plan';
import { stepState } from '@sophia/core/deploy/state';

import type { Session } from '../../host/session.ts';
import { endedBadly, endedWell } from '../acts.ts';
import type { ActRequest, Attempt } from '../acts.ts';
import type { DeploymentLog } from '../deployment-log.ts';
import { outputsSoFar } from '../step-environment.ts';
import type { Engine } from './engine.ts';
import { createProgramRunner } from './program-runner.ts';

export interface EngineRequest extends Omit<ActRequest, 'act'> {
  readonly act: ActRequest['act'] | 'check';
  /** Absolute. */
  readonly directory: string;
  readonly session: Session;
  readonly log: DeploymentLog;
  /** Aborted with a reason to stop. */
  readonly signal: AbortSignal;
}

/** An output longer than this could not be passed on: Linux takes 128 KiB a variable. */
const LONGEST_OUTPUT = 100_000;

/** Performs `before`, `run` or `undo` of an engine's step, or its look at the target; the engine is loaded only now. */
export async function performEngine(act: EngineAct, request: EngineRequest): Promise<Attempt> {
  switch (act.engine) {
    case 'kubernetes': {
      const { kubernetesEngine } = await import('./kubernetes.ts');
      return perform(kubernetesEngine, act, request);
    }
    case 'docker': {
      const { dockerEngine } = await import('./docker.ts');
      return perform(dockerEngine, act, request);
    }
    case 'pulumi': {
      const { pulumiEngine } = await import('./pulumi.ts');
      return perform(pulumiEngine, act, request);
    }
    case 'vercel': {
      const { vercelEngine } = await import('./vercel.ts');
      return perform(vercelEngine, act, request);
    }
  }
}

async function perform<A extends EngineAct>(
  engine: Engine<A['settings']>,
  { settings, stage }: A,
  request: EngineRequest,
): Promise<Attempt> {
  const { phase, step, state, log, session, directory } = request;
  const id = stepId(phase.name, step.name);
  const filled = fillOutputs(settings, outputsSoFar(state, phase.name));
  if ('missing' in filled) {
    // Nothing has run yet: what it needs is not known.
    if (request.act === 'check') return endedWell();
    return endedBadly('configuration', `no step before it has left the outputs ${filled.missing.join(', ')}`);
  }
  const began = stepState(state, 'of' in stage ? stepId(phase.name, stage.of) : id);
  const perform = request.act === 'check' ? engine.check : engine[request.act];
  if (perform === undefined) return endedWell();
  const attempt = await perform({
    settings: filled.settings,
    stage,
    captured: ['before', 'check'].includes(request.act) ? {} : began.beforeOutputs,
    outputs: began.outputs,
    directory,
    session,
    ...createProgramRunner(request),
    say: (level, message) => log.say(level, `${id} | ${message}`),
  });
  return attempt.exitCode === 0 ? (unfitOutput(attempt.outputs, session) ?? attempt) : attempt;
}

/** Outputs stand in the journal, so no secret may be among them (contract, section 2, Trust). */
function unfitOutput(outputs: Outputs, { host }: Session): Attempt | undefined {
  for (const [name, value] of Object.entries(outputs)) {
    if (value.length > LONGEST_OUTPUT)
      return endedBadly('assertion', `its ${name} is longer than ${LONGEST_OUTPUT} characters`);
    if (host.redaction.redact(value) !== value)
      return endedBadly('assertion', `its ${name} holds a secret, which the journal would keep`);
  }
  return undefined;
}
