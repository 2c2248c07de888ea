import { schemaVersion } from './migrations.js';

/** The migration that brought the full-text index; below it, search falls back to LIKE. */
const INDEXED_SINCE = 3;

const COLUMNS = 'notes.id, notes.title, notes.text, notes.topic, notes.created_at AS createdAt';

/** Quotes each word, so that nothing a person types is read as FTS5's query language. */
const asQuery = (search) =>
  search
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => `"${word.replaceAll('"', '""')}"*`)
    .join(' ');

function searchIndex(database, { search, topic, limit }) {
  return database
    .prepare(
      `SELECT ${COLUMNS} FROM notes_index JOIN notes ON notes.id = notes_index.rowid
       WHERE notes_index MATCH ?1 AND (?2 IS NULL OR topic = ?2) ORDER BY rank LIMIT ?3`,
    )
    .all(asQuery(search), topic ?? null, limit);
}

function searchText(database, { search, topic, limit }) {
  const pattern = `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return database
    .prepare(
      `SELECT ${COLUMNS} FROM notes
       WHERE (title LIKE ?1 ESCAPE '\\' OR text LIKE ?1 ESCAPE '\\') AND (?2 IS NULL OR topic = ?2)
       ORDER BY id DESC LIMIT ?3`,
    )
    .all(pattern, topic ?? null, limit);
}

/**
 * Notes, newest first, or the best matches first where `search` is given.
 * @param {{search?: string, topic?: string, limit: number}} query
 * @returns {{id: number, title: string, text: string, topic: string, createdAt: string}[]}
 */
export function listNotes(database, { search, topic, limit }) {
  if (search) {
    const find = schemaVersion(database) >= INDEXED_SINCE ? searchIndex : searchText;
    return find(database, { search, topic, limit });
  }
  return database
    .prepare(`SELECT ${COLUMNS} FROM notes WHERE ?1 IS NULL OR topic = ?1 ORDER BY id DESC LIMIT ?2`)
    .all(topic ?? null, limit);
}

/** @returns the note, or undefined */
export function findNote(database, id) {
  return database.prepare(`SELECT ${COLUMNS} FROM notes WHERE id = ?`).get(id);
}

/** @returns the new note */
export function addNote(database, { title, text, topic }) {
  const { lastInsertRowid } = database
    .prepare('INSERT INTO notes (title, text, topic) VALUES (?, ?, ?)')
    .run(title, text, topic);
  return findNote(database, lastInsertRowid);
}

/** @returns {boolean} whether there was such a note */
export function removeNote(database, id) {
  return database.prepare('DELETE FROM notes WHERE id = ?').run(id).changes === 1;
}

/** @returns {number} of all notes */
export function countNotes(database) {
  return database.prepare('SELECT count(*) AS total FROM notes').get().total;
}
