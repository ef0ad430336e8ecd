-- Messages that people have scheduled. The conversation's object sends them, and settles how each ended.
CREATE TABLE scheduled_messages (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- Key of the request that scheduled it.
    client_msg_id TEXT NOT NULL,
    send_at INTEGER NOT NULL,
    -- The message and its author as JSON. Once it was sent or cancelled, without the text and the metadata; the author is
    -- needed only until it ends.
    draft TEXT NOT NULL,
    author TEXT,
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'failed', 'cancelled')),
    message_id TEXT,
    problem TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- When the scheduled job asks the object again, if the message still waits then.
    check_at INTEGER NOT NULL,
    CHECK ((status = 'pending') = (ended_at IS NULL)),
    CHECK (status <> 'sent' OR message_id IS NOT NULL),
    CHECK (status <> 'failed' OR problem IS NOT NULL),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX scheduled_messages_once ON scheduled_messages (conversation_id, user_id, client_msg_id);
CREATE INDEX scheduled_messages_by_user ON scheduled_messages (tenant_id, user_id, status, send_at, id);
CREATE INDEX scheduled_messages_by_place ON scheduled_messages (tenant_id, user_id, conversation_id, status, send_at, id);
CREATE INDEX scheduled_messages_due ON scheduled_messages (conversation_id, send_at, id) WHERE status = 'pending';
CREATE INDEX scheduled_messages_overdue ON scheduled_messages (check_at) WHERE status = 'pending';
CREATE INDEX scheduled_messages_ended ON scheduled_messages (ended_at) WHERE ended_at IS NOT NULL;
