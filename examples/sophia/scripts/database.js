// Phase 3: migrate the host's database, up with a release's own migrations and down with the same.
import { join } from 'node:path';
import { openDatabase } from '../backend/database.js';
import { migrate, readMigrations, schemaVersion } from '../backend/migrations.js';
import { places, releaseFolder } from '../deploy/home.js';
import { needVariable, runStep, setOutput } from '../deploy/step.js';

function withDatabase(use) {
  const database = openDatabase(places.database);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

function migrateTo(release, target) {
  const migrations = readMigrations(join(releaseFolder(release), 'backend', 'migrations'));
  const done = withDatabase((database) => migrate(database, migrations, target ?? migrations.length));
  process.stdout.write(`${done.join('\n') || 'nothing to migrate'}\n`);
}

await runStep({
  note() {
    setOutput('release', needVariable('SOPHIA_DEPLOYMENT_ID'));
    setOutput('version', String(withDatabase(schemaVersion)));
  },
  up() {
    migrateTo(needVariable('SOPHIA_DEPLOYMENT_ID'));
  },
  down() {
    const release = needVariable('SOPHIA_OUTPUT_BACKEND_MIGRATE_RELEASE');
    migrateTo(release, Number(needVariable('SOPHIA_OUTPUT_BACKEND_MIGRATE_VERSION')));
  },
});
