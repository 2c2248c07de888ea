import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint } from '../backend/access.js';
import { createApp } from '../backend/app.js';
import { openDatabase } from '../backend/database.js';
import { migrate, readMigrations } from '../backend/migrations.js';

export const TOKEN = 'fake-api-token-for-tests';

/** The repository's own migrations. */
export const migrations = readMigrations(fileURLToPath(new URL('../backend/migrations', import.meta.url)));

/** A folder that goes with the test. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'sophia example '));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database in memory at a schema version. */
export function databaseAt(t, version = migrations.length) {
  const database = openDatabase(':memory:');
  migrate(database, migrations, version);
  t.after(() => database.close());
  return database;
}

/** The application on a port of its own; `ask` makes a request to it. */
export async function startApp(t, { database, release = {} } = {}) {
  const webRoot = temporaryFolder(t);
  writeFileSync(join(webRoot, 'index.html'), '<h1>page</h1>');
  writeFileSync(join(webRoot, 'main-ABC.js'), 'export {};');
  const identity = { id: 'test-1', schema: migrations.length, apiToken: fingerprint(TOKEN), ...release };
  const app = createApp({ release: identity, database, webRoot });
  await new Promise((resolve) => app.listen(0, '127.0.0.1', resolve));
  t.after(() => app.close() && app.closeAllConnections());
  return (path, options) => fetch(`http://127.0.0.1:${app.address().port}${path}`, options);
}

/** The options of a write. */
export const write = (body, token = TOKEN) => ({
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
