-- A conversation object's database: its log, and the data for its decisions.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS log (
    seq INTEGER PRIMARY KEY,
    -- The event as sent to clients.
    event TEXT NOT NULL,
    -- Of message events: the message.
    message_id TEXT,
    -- For message.created: the message's number, its sender, and the sender's id for it.
    ordinal INTEGER,
    sender_id TEXT,
    client_msg_id TEXT,
    -- For message.updated and message.deleted: the message's row after the change, as JSON.
    changed_row TEXT
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS log_by_client_id ON log (sender_id, client_msg_id)
WHERE client_msg_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS log_by_message ON log (message_id, seq) WHERE message_id IS NOT NULL;

-- Idempotency keys of sends that have left the log, so that a late repeat still returns the original.
CREATE TABLE IF NOT EXISTS sent (
    sender_id TEXT NOT NULL,
    client_msg_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (sender_id, client_msg_id)
) STRICT, WITHOUT ROWID;

-- Members who connected to this object. Others are read from the record when they connect.
CREATE TABLE IF NOT EXISTS members (
    user_id TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('member', 'moderator', 'owner')),
    joined_at INTEGER NOT NULL,
    last_read_seq INTEGER NOT NULL,
    -- 1 until the record has last_read_seq.
    read_pending INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS members_read_pending ON members (user_id) WHERE read_pending = 1;
