-- What a member wants of a conversation. archived_at is the time at which they archived it: a later message unarchives.
ALTER TABLE members ADD COLUMN notify TEXT NOT NULL DEFAULT 'all' CHECK (notify IN ('all', 'mentions', 'none'));
ALTER TABLE members ADD COLUMN notifications_muted_until INTEGER;
ALTER TABLE members ADD COLUMN favorite INTEGER NOT NULL DEFAULT 0 CHECK (favorite IN (0, 1));
ALTER TABLE members ADD COLUMN archived_at INTEGER;

CREATE INDEX members_archived ON members (conversation_id) WHERE archived_at IS NOT NULL;
-- The inbox filters by the last two columns without reading the rows.
DROP INDEX members_by_user;
CREATE INDEX members_by_user ON members (tenant_id, user_id, conversation_id, favorite, archived_at);

-- What a member has begun to write, one per place: parent_id is '' for the conversation itself, else a thread's message. An
-- empty body is a draft that was cleared: its rev refuses a late save of what it was.
CREATE TABLE drafts (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    body TEXT NOT NULL,
    rev INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, conversation_id, parent_id),
    FOREIGN KEY (conversation_id, user_id) REFERENCES members (conversation_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX drafts_by_member ON drafts (conversation_id, user_id);
CREATE INDEX drafts_newest ON drafts (tenant_id, user_id, updated_at, conversation_id, parent_id) WHERE body <> '';
CREATE INDEX drafts_by_age ON drafts (updated_at);

-- Messages that people have saved. A row ends with its message.
CREATE TABLE saved_messages (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, message_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX saved_messages_newest ON saved_messages (tenant_id, user_id, saved_at, message_id);
CREATE INDEX saved_messages_by_message ON saved_messages (message_id);
