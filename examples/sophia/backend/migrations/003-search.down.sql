DROP TRIGGER notes_deleted;
DROP TRIGGER notes_inserted;
DROP TABLE notes_index;
