-- When the member's read marker last moved; NULL if it has not moved since this migration.
ALTER TABLE members ADD COLUMN last_read_at INTEGER;
-- The messages that count as messages of their conversation: of the members' list, the newest one that each has read.
CREATE INDEX messages_counted ON messages (conversation_id, seq) WHERE in_channel = 1 AND type <> 'system';
