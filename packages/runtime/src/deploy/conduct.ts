import { join } from 'node:path';

import type { EventBody } from '@sophia/core/deploy/event';
import { renderEvent } from '@sophia/core/deploy/render-event';
import { replay } from '@sophia/core/deploy/transition';

import type { Session } from '../host/session.ts';
import { deploymentFiles } from './deployment-files.ts';
import { openDeploymentLog } from './deployment-log.ts';
import { beginSteps, showBudgets, showEvent } from './deployment-progress.ts';
import type { DeploymentEnd } from './deployment-outcome.ts';
import { openDeploymentRecord } from './github-record.ts';
import type { OpenJournal } from './journal-store.ts';
import { createPerformer } from './perform-act.ts';
import { runSaga } from './run-saga.ts';
import type { SagaRequest } from './run-saga.ts';
import { createStepServices } from './step-services.ts';

/** One run over one journal. */
export interface ConductRequest {
  readonly session: Session;
  readonly journal: OpenJournal;
  readonly deploymentId: string;
  readonly environment: string;
  readonly commit: string;
  /** What this run records first, if anything. */
  readonly first?: readonly EventBody[];
  readonly limits: Pick<SagaRequest, 'forwardMs' | 'rollbackMs' | 'atRollbackEnd'>;
  /** For GitHub's record of the deployment; empty: none is kept. */
  readonly token: string;
}

/** Runs a deployment's saga on this machine, with its log and its record on GitHub; closes the journal. */
export async function conduct(request: ConductRequest): Promise<DeploymentEnd> {
  const { journal, limits } = request;
  const { host } = request.session;
  // Commands of the plan, the fleet and the gate belong to the journal's environment, whatever the input said.
  const { environment, deploymentId, token, commit } = request;
  const session = { ...request.session, common: { ...request.session.common, environment, deploymentId } };
  const log = openDeploymentLog(host, join(session.directory, deploymentFiles(deploymentId).log));
  const say = (event: EventBody) => {
    const { level, message } = renderEvent(event);
    log.say(level, message);
    if (host.progress === undefined) return;
    showEvent(host.progress, event);
    if (event.type === 'rollback.started') showBudgets(host.progress, limits, true);
  };
  const performer = await createPerformer({ session, log, services: createStepServices(session, log) });
  const record = openDeploymentRecord({ session, token, deploymentId, environment, commit });
  const [started] = journal.events;
  if (host.progress !== undefined && started?.type === 'deployment.started') {
    beginSteps(host.progress, started.plan);
    for (const event of journal.events) showEvent(host.progress, event);
    showBudgets(host.progress, limits, replay(journal.events)?.mode === 'undoing');
  }
  if (journal.events.length === 1 && started !== undefined) say(started);
  try {
    const saga: SagaRequest = {
      ...limits,
      journal,
      perform: performer.perform,
      redaction: host.redaction,
      signal: host.signal,
      onEvent: say,
    };
    const end = await runSaga(saga, request.first);
    const whole = { ...end, events: journal.events, head: journal.head.hash };
    await record.close(whole);
    return whole;
  } finally {
    await performer.close();
    await journal.close();
    log.close();
  }
}
