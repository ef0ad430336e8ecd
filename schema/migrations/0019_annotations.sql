-- Reactions on messages and pinned messages.

-- The numbers of people by emoji, most used first: a JSON array of {emoji, count}, or NULL if there are none.
ALTER TABLE messages ADD COLUMN reactions TEXT CHECK (reactions IS NULL OR json_valid(reactions));
ALTER TABLE messages ADD COLUMN pinned_at INTEGER;
ALTER TABLE messages ADD COLUMN pinned_by TEXT;
-- Position of the last event that changed the reactions or the pin: an older one arriving again changes nothing.
ALTER TABLE messages ADD COLUMN annotated_seq INTEGER NOT NULL DEFAULT 0;

CREATE INDEX messages_pinned ON messages (conversation_id, pinned_at, seq) WHERE pinned_at IS NOT NULL;

CREATE TABLE reactions (
    conversation_id TEXT NOT NULL,
    -- Position of the message.
    seq INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    emoji TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    -- The person's name when they reacted.
    user_name TEXT NOT NULL,
    -- Position of the last event that added or removed it: an older one arriving again changes nothing.
    reacted_seq INTEGER NOT NULL,
    reacted_at INTEGER NOT NULL,
    -- Since when it is taken back. The row stays for a day, so that an older event does not bring it back.
    removed_at INTEGER,
    PRIMARY KEY (conversation_id, seq, user_id, emoji),
    FOREIGN KEY (conversation_id, seq) REFERENCES messages (conversation_id, seq) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX reactions_by_time ON reactions (conversation_id, seq, reacted_seq) WHERE removed_at IS NULL;
CREATE INDEX reactions_by_emoji ON reactions (conversation_id, seq, emoji, reacted_seq) WHERE removed_at IS NULL;
CREATE INDEX reactions_by_user ON reactions (tenant_id, user_id);
CREATE INDEX reactions_removed ON reactions (removed_at) WHERE removed_at IS NOT NULL;
