DROP INDEX notes_by_topic;
ALTER TABLE notes DROP COLUMN topic;
