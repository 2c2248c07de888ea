import { SophiaError } from '@sophia/core/errors';

import { loadConfig } from '../config/load-config.ts';
import type { Session } from '../host/session.ts';

/**
 * @returns the environment of a rollback that names no deployment.
 * @throws SophiaError `usage` where nothing says which is meant
 */
export async function environmentOf(session: Session): Promise<string> {
  const config = await loadConfig(session, []);
  const environment = config?.environment ?? session.common.environment;
  if (environment !== '') return environment;
  throw new SophiaError('usage', {
    message: 'neither a deployment nor an environment is named, and there is no configuration',
    hint: 'set the input `deployment-id` or `environment`',
  });
}
