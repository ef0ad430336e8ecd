-- Who may write in a room, and the seconds between two messages of a member.
ALTER TABLE rooms ADD COLUMN post TEXT NOT NULL DEFAULT 'all' CHECK (post IN ('all', 'moderators'));
ALTER TABLE rooms ADD COLUMN slow_mode_s INTEGER NOT NULL DEFAULT 0 CHECK (slow_mode_s BETWEEN 0 AND 21600);

-- Blocks between people: one row per blocker and blocked person.
CREATE TABLE blocks (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    blocked_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, blocked_id),
    CHECK (user_id <> blocked_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    FOREIGN KEY (tenant_id, blocked_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- With all columns, so that SQLite prefers it when it checks the foreign key.
CREATE INDEX blocks_by_blocked ON blocks (tenant_id, blocked_id, user_id, created_at);

-- Messages that people have reported: ids and the reporter's words, never a copy of the message.
CREATE TABLE reports (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    conversation_id TEXT NOT NULL,
    room_id TEXT,
    message_id TEXT NOT NULL,
    -- Who wrote the message, and who reports it.
    sender_id TEXT NOT NULL,
    reported_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    -- The action that resolves the report. While it is carried out, the time since when; another action has to wait.
    action TEXT CHECK (action IN ('dismiss', 'delete', 'mute', 'ban')),
    claimed_at INTEGER,
    resolved_at INTEGER,
    resolved_by TEXT,
    resolution_note TEXT,
    CHECK (resolved_at IS NULL OR (action IS NOT NULL AND resolved_by IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX reports_by_tenant ON reports (tenant_id, id);
CREATE INDEX reports_open_by_tenant ON reports (tenant_id, id) WHERE resolved_at IS NULL;
CREATE INDEX reports_resolved_by_tenant ON reports (tenant_id, id) WHERE resolved_at IS NOT NULL;
CREATE INDEX reports_by_conversation ON reports (conversation_id, id);
CREATE INDEX reports_by_age ON reports (tenant_id, created_at);
CREATE UNIQUE INDEX reports_open ON reports (tenant_id, message_id, reported_by) WHERE resolved_at IS NULL;
