// The release before the first deployment, so that there is one to go back to: the same sources under an
// older id, without the newest migration. Does nothing where the host has a release already.
//   SOPHIA_DEMO_HOME=DIR node scripts/seed-release.js [ID]
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../backend/database.js';
import { migrate, readMigrations, schemaVersion } from '../backend/migrations.js';
import { addNote } from '../backend/notes.js';
import { buildBackend, buildFrontend } from '../deploy/build.js';
import { places, releaseFolder } from '../deploy/home.js';
import { pointAt, pointedRelease, POINTERS } from '../deploy/pointers.js';
import { writeReleaseFile } from '../deploy/release-file.js';

const notes = [
  { title: 'Release checklist', text: 'Snapshot, migrate, switch, ask its health.', topic: 'operations' },
  { title: 'Fleet', text: 'Nine servers; ai_memory starts before those that need it.', topic: 'fleet' },
  { title: 'Going back', text: 'Each step knows how to undo itself, in reverse order.', topic: 'operations' },
];

function dropNewestMigration(folder) {
  const migrations = readMigrations(folder);
  const newest = migrations.at(-1);
  const file = (direction) => `${String(newest.version).padStart(3, '0')}-${newest.name}.${direction}.sql`;
  for (const direction of ['up', 'down']) rmSync(join(folder, file(direction)));
  return migrations.slice(0, -1);
}

function fillDatabase(migrations) {
  mkdirSync(places.shared, { recursive: true });
  const database = openDatabase(places.database);
  if (schemaVersion(database) === 0) {
    migrate(database, migrations, migrations.length);
    for (const note of notes) addNote(database, note);
  }
  database.close();
}

const existing = pointedRelease('backend');
if (existing) {
  process.stdout.write(`the host has ${existing} already\n`);
} else {
  const id = process.argv[2] ?? `sophia-${process.env.SOPHIA_ENVIRONMENT ?? 'production'}-1700000000`;
  const folder = releaseFolder(id);
  await buildBackend(folder);
  fillDatabase(dropNewestMigration(join(folder, 'backend', 'migrations')));
  await buildFrontend({ folder: join(folder, 'frontend'), release: id });
  writeReleaseFile({ id, database: places.database, token: process.env.BACKEND_API_TOKEN });
  for (const pointer of POINTERS) pointAt(pointer, id);
  process.stdout.write(`seeded ${folder}\n`);
}
