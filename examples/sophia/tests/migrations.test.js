import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../backend/database.js';
import { migrate, readMigrations, schemaVersion } from '../backend/migrations.js';
import { addNote, countNotes, listNotes } from '../backend/notes.js';
import { databaseAt, migrations, temporaryFolder } from './fixtures.js';

const tables = (database) =>
  database.prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all();

test('every migration goes up and comes down to exactly what was before', (t) => {
  const database = databaseAt(t, 0);
  const before = [];
  for (const { version } of migrations) {
    before.push(tables(database));
    migrate(database, migrations, version);
  }
  for (const { version } of migrations.toReversed()) {
    migrate(database, migrations, version - 1);
    assert.deepEqual(tables(database), before.pop(), `after ${version} came down`);
  }
});

test('notes survive the way down and up again, and the index knows them', (t) => {
  const database = databaseAt(t);
  addNote(database, { title: 'Keep', text: 'this zeppelin', topic: 'general' });
  assert.deepEqual(migrate(database, migrations, 2), ['down 003 search']);
  assert.equal(countNotes(database), 1);
  assert.deepEqual(migrate(database, migrations, 3), ['up 003 search']);
  assert.equal(listNotes(database, { search: 'zeppelin', limit: 5 }).length, 1);
});

test('a migration that fails changes nothing', (t) => {
  const database = openDatabase(':memory:');
  t.after(() => database.close());
  const broken = [
    { version: 1, name: 'broken', up: 'CREATE TABLE kept (id); CREATE TABLE kept (id);', down: ';' },
  ];
  assert.throws(() => migrate(database, broken, 1), /already exists/);
  assert.equal(schemaVersion(database), 0);
  assert.deepEqual(tables(database), []);
});

test('a version that the release does not know is refused', (t) => {
  const database = databaseAt(t);
  for (const target of [-1, 4, Number.NaN]) {
    assert.throws(() => migrate(database, migrations, target), /is unknown here/);
  }
  assert.throws(() => migrate(database, migrations.slice(0, 2), 2), /schema version 3 is unknown here/);
});

for (const [what, files, message] of [
  ['a gap', ['002-b.up.sql', '002-b.down.sql'], /migration 1 is missing/],
  ['a missing half', ['001-a.up.sql'], /only one of up and down/],
  ['another name', ['readme.md'], /expected a name like/],
]) {
  test(`${what} among the files is refused`, (t) => {
    const folder = temporaryFolder(t);
    for (const file of files) writeFileSync(join(folder, file), 'SELECT 1;');
    assert.throws(() => readMigrations(folder), message);
  });
}
