-- Threads, quotes and mentions.

-- First message of the thread that a reply is in. Replies from before this version are in no thread.
ALTER TABLE messages ADD COLUMN thread_id TEXT;
-- 0 for a reply that is shown in its thread only.
ALTER TABLE messages ADD COLUMN in_channel INTEGER NOT NULL DEFAULT 1 CHECK (in_channel IN (0, 1));
-- Number of messages up to this one that do not count as messages of the conversation: replies shown in their thread only,
-- and system messages. Unread counts are differences of ordinal - uncounted.
ALTER TABLE messages ADD COLUMN uncounted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN quote_id TEXT;
-- A JSON array of {type, user_id}, or NULL if there are none.
ALTER TABLE messages ADD COLUMN mentions TEXT CHECK (mentions IS NULL OR json_valid(mentions));
-- Of the thread that begins with this message: replies that are not deleted, and when the newest was sent.
ALTER TABLE messages ADD COLUMN reply_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN last_reply_at INTEGER;

CREATE INDEX messages_in_channel ON messages (conversation_id, seq) WHERE in_channel = 1;
CREATE INDEX messages_by_thread ON messages (thread_id, seq) WHERE thread_id IS NOT NULL;
CREATE INDEX messages_replies ON messages (thread_id, seq) WHERE thread_id IS NOT NULL AND deleted_at IS NULL;
DROP INDEX messages_deleted;
CREATE INDEX messages_deleted ON messages (conversation_id, seq)
WHERE deleted_at IS NOT NULL AND in_channel = 1 AND type <> 'system';

ALTER TABLE conversations ADD COLUMN uncounted_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN purged_uncounted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tombstones ADD COLUMN uncounted INTEGER NOT NULL DEFAULT 0;
-- Whether the message counted as a message of the conversation.
ALTER TABLE tombstones ADD COLUMN is_counted INTEGER NOT NULL DEFAULT 1 CHECK (is_counted IN (0, 1));

-- Places of users in threads. A row ends with the membership, and with the thread's first message.
CREATE TABLE thread_readers (
    conversation_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    thread_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL,
    is_following INTEGER NOT NULL CHECK (is_following IN (0, 1)),
    -- Up to where the user has read the thread.
    last_read_seq INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id, thread_id),
    FOREIGN KEY (conversation_id, user_id) REFERENCES members (conversation_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX thread_readers_by_user ON thread_readers (tenant_id, user_id, thread_id) WHERE is_following = 1;
CREATE INDEX thread_readers_by_thread ON thread_readers (thread_id);

-- Mentions of members, for counts. user_id is '' for a mention of all members, which is one row.
CREATE TABLE mentions (
    conversation_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- Position of the message.
    seq INTEGER NOT NULL,
    tenant_id TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    -- The message's thread; '' if it is shown in the conversation.
    thread_id TEXT NOT NULL,
    PRIMARY KEY (conversation_id, seq, user_id, thread_id),
    FOREIGN KEY (conversation_id, seq) REFERENCES messages (conversation_id, seq) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX mentions_by_user ON mentions (conversation_id, user_id, thread_id, seq, sender_id);

-- How often the member has marked messages as unread. A marker of an older revision moves nothing.
ALTER TABLE members ADD COLUMN read_rev INTEGER NOT NULL DEFAULT 0;
