-- A conversation object's own database: its log, and what it needs to decide without asking anybody.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS log (
    seq INTEGER PRIMARY KEY,
    -- The event as it goes over the wire.
    event TEXT NOT NULL,
    -- Of message events: the message.
    message_id TEXT,
    -- Of message.created: the message's number, its sender, and the sender's own id for it.
    ordinal INTEGER,
    sender_id TEXT,
    client_msg_id TEXT,
    -- Of message.updated and message.deleted: the message's whole row after it, as JSON.
    changed_row TEXT
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS log_by_client_id ON log (sender_id, client_msg_id)
WHERE client_msg_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS log_by_message ON log (message_id, seq) WHERE message_id IS NOT NULL;

-- Keys of sends that have left the log, so that a late repeat still returns the original.
CREATE TABLE IF NOT EXISTS sent (
    sender_id TEXT NOT NULL,
    client_msg_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (sender_id, client_msg_id)
) STRICT, WITHOUT ROWID;

-- Members who came by since the object exists; the others are looked up in the record when they come.
CREATE TABLE IF NOT EXISTS members (
    user_id TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('member', 'moderator', 'owner')),
    joined_at INTEGER NOT NULL,
    last_read_seq INTEGER NOT NULL,
    -- 1 while the record does not have last_read_seq yet.
    read_pending INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS members_read_pending ON members (user_id) WHERE read_pending = 1;
