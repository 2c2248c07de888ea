-- A full-text index beside the table, kept in step by triggers: an older release goes on working over it.
CREATE VIRTUAL TABLE notes_index USING fts5 (title, text, content = 'notes', content_rowid = 'id');
INSERT INTO notes_index (notes_index) VALUES ('rebuild');
CREATE TRIGGER notes_inserted AFTER INSERT ON notes BEGIN
  INSERT INTO notes_index (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
CREATE TRIGGER notes_deleted AFTER DELETE ON notes BEGIN
  INSERT INTO notes_index (notes_index, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
END;
