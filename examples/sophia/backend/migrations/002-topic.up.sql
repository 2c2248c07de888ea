ALTER TABLE notes ADD COLUMN topic TEXT NOT NULL DEFAULT 'general';
CREATE INDEX notes_by_topic ON notes (topic);
