import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from '../backend/access.js';
import { readMigrations } from '../backend/migrations.js';
import { releaseFolder } from './home.js';

/**
 * Writes `release.json`: what the backend must know of itself. Of the API token it holds the hash only.
 * @param {{id: string, database: string, token: string | undefined}} release
 */
export function writeReleaseFile({ id, database, token }) {
  const folder = releaseFolder(id);
  const schema = readMigrations(join(folder, 'backend', 'migrations')).length;
  const release = { id, schema, database, apiToken: token ? fingerprint(token) : null };
  writeFileSync(join(folder, 'release.json'), `${JSON.stringify(release, null, 2)}\n`);
}
