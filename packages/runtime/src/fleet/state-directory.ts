import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { SophiaError } from '@sophia/core/errors';

import type { Session } from '../host/session.ts';

const HASH_LENGTH = 16;

/**
 * The folder of a fleet: under RUNNER_TEMP in a job, which ends with it, else in the user's state directory; found
 * again by the path of the configuration. One that stands in the workflow is named by its text: there may be several.
 *
 * @throws SophiaError `environment` where there is no place for it
 */
export function stateDirectoryOf(session: Session, registry: string): string {
  const { variables } = session.host;
  const { config, configInline } = session.common;
  const source =
    configInline.trim() === '' ? resolve(session.directory, config) : `${session.directory} ${configInline}`;
  const key = registry === '' ? source : `${source} ${resolve(session.directory, registry)}`;
  const name = createHash('sha256').update(key).digest('hex').slice(0, HASH_LENGTH);
  const temporary = variables['RUNNER_TEMP'] ?? '';
  if (temporary !== '') return join(temporary, `sophia-fleet-${name}`);
  const home = variables['HOME'] ?? '';
  const state = variables['XDG_STATE_HOME'] ?? (home === '' ? '' : join(home, '.local', 'state'));
  if (state !== '') return join(state, 'sophia', 'fleets', name);
  throw new SophiaError('environment', {
    message: 'there is no place for the state of the fleet: neither RUNNER_TEMP nor HOME is set',
    hint: 'set HOME',
  });
}

/**
 * Makes the folder, for this user alone.
 *
 * @throws SophiaError `environment` where it is somebody else's, or a link: whoever can write there could command the
 *   supervisor
 */
export function makeStateDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const facts = lstatSync(path);
    if (facts.isDirectory() && facts.uid === process.getuid?.()) return chmodSync(path, 0o700);
  } catch (error) {
    throw refused(path, error);
  }
  throw refused(path, undefined);
}

const refused = (path: string, cause: unknown) =>
  new SophiaError('environment', {
    message: `the fleet's folder cannot be used: ${path}`,
    hint: 'it must be a folder of this user, and no link: remove it, and see that there is space',
    cause,
  });
