-- Number of a message's body: 1 when sent, one more after each edit.
ALTER TABLE messages ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- Bodies that edits replaced. They go with the message's deletion and purge.
CREATE TABLE message_versions (
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    tenant_id TEXT NOT NULL,
    body TEXT NOT NULL,
    -- When it was sent, or edited to this text.
    written_at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, seq, version),
    FOREIGN KEY (conversation_id, seq) REFERENCES messages (conversation_id, seq) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
