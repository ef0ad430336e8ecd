-- When last_read_seq last moved. NULL if it has not moved since this column exists.
ALTER TABLE members ADD COLUMN read_at INTEGER;
