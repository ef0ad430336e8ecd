-- Notifications of people. One about a message has no copy of its text, and ends with it or with the membership.
CREATE TABLE notifications (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- What it is about: a person has one notification of a kind and source.
    source TEXT NOT NULL,
    conversation_id TEXT,
    message_id TEXT REFERENCES messages (id) ON DELETE CASCADE,
    -- Position of the message.
    seq INTEGER,
    -- Who caused it.
    actor_id TEXT,
    actor_name TEXT,
    title TEXT,
    body TEXT,
    url TEXT,
    data TEXT CHECK (data IS NULL OR json_valid(data)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    read_at INTEGER,
    PRIMARY KEY (tenant_id, user_id, id),
    CHECK ((message_id IS NULL) = (seq IS NULL)),
    CHECK ((actor_id IS NULL) = (actor_name IS NULL)),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    FOREIGN KEY (conversation_id, user_id) REFERENCES members (conversation_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX notifications_by_source ON notifications (tenant_id, user_id, kind, source);
CREATE INDEX notifications_unread ON notifications (tenant_id, user_id, id) WHERE read_at IS NULL;
CREATE INDEX notifications_unread_of_conversation ON notifications (conversation_id, user_id, seq)
WHERE read_at IS NULL;
CREATE INDEX notifications_by_member ON notifications (conversation_id, user_id);
CREATE INDEX notifications_by_message ON notifications (message_id);
CREATE INDEX notifications_by_age ON notifications (updated_at);

-- What a person wants to be notified of: by kind, {"inbox": bool, "push": bool}; an absent kind or field has its default.
CREATE TABLE notification_preferences (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    kinds TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(kinds)),
    -- The hours without pushes: {"from", "to", "time_zone", "days"}.
    do_not_disturb TEXT CHECK (do_not_disturb IS NULL OR json_valid(do_not_disturb)),
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Moderators and owners, who are notified of reports.
CREATE INDEX members_moderators ON members (conversation_id, user_id) WHERE role <> 'member';
