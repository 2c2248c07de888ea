import type { DeploymentStarted } from '@sophia/core/deploy/event';

import type { Session } from '../host/session.ts';
import type { ReadyDeployment } from './read-deployment.ts';

/** @returns the first event of a deployment that is ready to run. */
export function startedEvent(
  { plan, planHash, deploymentId }: ReadyDeployment,
  { host: { run } }: Session,
  rollback: DeploymentStarted['rollback'],
): DeploymentStarted {
  const { environment } = plan;
  return {
    type: 'deployment.started',
    ...{ deploymentId, environment, commit: run.sha, planHash, plan, rollback, run },
    undoes: null,
  };
}
