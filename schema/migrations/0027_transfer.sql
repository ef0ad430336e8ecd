-- Imports and exports of the dump form.

-- A conversation that an import writes. It is hidden, as if it were deleted, until the import ends; its row here is deleted then.
-- A row of an import that was given up stays, and so does what it has written, which the same import continues.
CREATE TABLE imports (
    conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id),
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    -- Name of the import.
    import TEXT NOT NULL,
    -- The newest position according to the dump, which can be after the last message.
    head INTEGER NOT NULL,
    -- Whether the room is to be the tenant's general room.
    is_general INTEGER NOT NULL CHECK (is_general IN (0, 1)),
    -- The same as in conversations, for the messages so far.
    last_seq INTEGER NOT NULL DEFAULT 0,
    message_count INTEGER NOT NULL DEFAULT 0,
    uncounted_count INTEGER NOT NULL DEFAULT 0,
    last_message_at INTEGER,
    oldest_message_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX imports_by_name ON imports (tenant_id, import, conversation_id);
CREATE UNIQUE INDEX imports_general ON imports (tenant_id) WHERE is_general = 1;

-- Pages of all conversations of a tenant. Unique, so that a look-up by it is known to find one row.
CREATE UNIQUE INDEX conversations_by_tenant ON conversations (tenant_id, id);
-- All messages of a person, also in conversations that they have left.
CREATE INDEX messages_by_sender ON messages (tenant_id, sender_id, conversation_id, seq);
