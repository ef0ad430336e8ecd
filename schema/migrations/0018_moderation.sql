-- Who may write in a room, and the seconds between two messages of a member.
ALTER TABLE rooms ADD COLUMN post TEXT NOT NULL DEFAULT 'all' CHECK (post IN ('all', 'moderators'));
ALTER TABLE rooms ADD COLUMN slow_mode_s INTEGER NOT NULL DEFAULT 0 CHECK (slow_mode_s BETWEEN 0 AND 21600);

-- Whom each person has blocked.
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
