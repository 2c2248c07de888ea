import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = /^(\d{3})-([a-z-]+)\.(up|down)\.sql$/;

/**
 * Reads a folder of `NNN-name.up.sql` and `NNN-name.down.sql`.
 * @returns {{version: number, name: string, up: string, down: string}[]} in ascending order, without a gap
 * @throws on a file of another name, a missing half or a gap
 */
export function readMigrations(folder) {
  const found = new Map();
  for (const file of readdirSync(folder).sort()) {
    const [, digits, name, direction] = FILE.exec(file) ?? [];
    if (!digits) throw new Error(`${file}: expected a name like 001-notes.up.sql`);
    const version = Number(digits);
    const migration = found.get(version) ?? { version, name };
    found.set(version, { ...migration, [direction]: readFileSync(join(folder, file), 'utf8') });
  }
  const migrations = [...found.values()];
  migrations.forEach(({ version, name, up, down }, index) => {
    if (version !== index + 1) throw new Error(`migration ${index + 1} is missing`);
    if (!up || !down) throw new Error(`migration ${version} (${name}) has only one of up and down`);
  });
  return migrations;
}

/** The version that the database is at; 0 where nothing was migrated yet. */
export function schemaVersion(database) {
  return database.prepare('PRAGMA user_version').get().user_version;
}

/** Runs one migration and notes the version in the same transaction: both happen or neither. */
function apply(database, sql, version) {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(sql);
    database.exec(`PRAGMA user_version = ${version}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Migrates up or down to a version.
 * @param {number} target 0 to the number of migrations
 * @returns {string[]} what was done, in order: `up 003 search`
 * @throws where target or the database's version is one that these migrations do not know
 */
export function migrate(database, migrations, target) {
  const current = schemaVersion(database);
  for (const version of [current, target]) {
    if (!Number.isInteger(version) || version < 0 || version > migrations.length) {
      throw new Error(
        `schema version ${version} is unknown here: these migrations end at ${migrations.length}`,
      );
    }
  }
  const label = (direction, { version, name }) => `${direction} ${String(version).padStart(3, '0')} ${name}`;
  if (target >= current) {
    return migrations.slice(current, target).map((migration) => {
      apply(database, migration.up, migration.version);
      return label('up', migration);
    });
  }
  return migrations
    .slice(target, current)
    .reverse()
    .map((migration) => {
      apply(database, migration.down, migration.version - 1);
      return label('down', migration);
    });
}
