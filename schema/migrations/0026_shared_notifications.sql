-- Notifications of messages that mention all members of a conversation: one row for a message. Who finds it on their list is decided
-- when they look, by their membership and preferences. Only the newest of a conversation are kept.
CREATE TABLE shared_notifications (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    -- Position of the message.
    seq INTEGER NOT NULL,
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    -- The message's thread, if it is a reply that is also shown in the conversation.
    thread_id TEXT,
    mention TEXT NOT NULL CHECK (mention IN ('here', 'room')),
    -- A JSON array of the members who were online, for 'here'; NULL for all.
    online TEXT CHECK (online IS NULL OR json_valid(online)),
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX shared_notifications_newest ON shared_notifications (conversation_id, id);
CREATE UNIQUE INDEX shared_notifications_by_message ON shared_notifications (message_id);
CREATE INDEX shared_notifications_by_age ON shared_notifications (created_at);

-- Shared notifications that a member has read otherwise than by reading the conversation.
CREATE TABLE shared_notification_reads (
    message_id TEXT NOT NULL REFERENCES shared_notifications (message_id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    read_at INTEGER NOT NULL,
    PRIMARY KEY (message_id, user_id),
    FOREIGN KEY (conversation_id, user_id) REFERENCES members (conversation_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX shared_notification_reads_by_member ON shared_notification_reads (conversation_id, user_id);
