import { DatabaseSync } from 'node:sqlite';

/** How long a statement waits for another connection's lock, in ms: a migration may run beside the backend. */
const BUSY_TIMEOUT_MS = 2000;

/**
 * Opens the SQLite file, and makes it where there is none.
 * @param {string} path of the file; its folder must exist
 * @throws where the folder is missing or the file is no database
 */
export function openDatabase(path) {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;');
  return database;
}
