-- Invites, mutes and bans, the audit log, and what the scheduled functions need to find what is over.

CREATE TABLE room_invites (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    room_id TEXT NOT NULL REFERENCES rooms (id),
    -- SHA-256 of the token; the token itself is shown once and kept nowhere.
    token_hash TEXT NOT NULL UNIQUE,
    -- Whom it is for; NULL: whoever has the link.
    user_id TEXT,
    role TEXT NOT NULL CHECK (role IN ('member', 'moderator', 'owner')),
    max_uses INTEGER CHECK (max_uses > 0),
    uses INTEGER NOT NULL DEFAULT 0,
    -- Names the call that used it last, so that the rest of its batch knows whether it was let in.
    last_use TEXT,
    expires_at INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    accepted_at INTEGER,
    declined_at INTEGER,
    revoked_at INTEGER,
    -- When it stops being good, or stopped: its expiry, or before that its last use, refusal or revocation.
    over_at INTEGER,
    CHECK (max_uses IS NULL OR uses <= max_uses),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX room_invites_by_room ON room_invites (room_id, id);
CREATE INDEX room_invites_by_user ON room_invites (tenant_id, user_id, id);
CREATE INDEX room_invites_by_end ON room_invites (over_at) WHERE over_at IS NOT NULL;

-- Who may not write, or not even come in. One that is over counts as none, and is swept later.
CREATE TABLE sanctions (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    kind TEXT NOT NULL CHECK (kind IN ('mute', 'ban')),
    user_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    -- NULL: until it is lifted.
    until INTEGER,
    reason TEXT NOT NULL DEFAULT '',
    imposed_by TEXT NOT NULL,
    imposed_at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, kind, user_id),
    CHECK (kind = 'ban' OR until IS NOT NULL),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX sanctions_by_user ON sanctions (tenant_id, user_id);
CREATE INDEX sanctions_by_end ON sanctions (until) WHERE until IS NOT NULL;

-- Every administrative and moderating act, written in the same batch as the act. Ids are in the order of time.
CREATE TABLE admin_audits (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    actor_id TEXT NOT NULL,
    action TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target_id TEXT NOT NULL,
    reason TEXT,
    metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata)),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX admin_audits_by_tenant ON admin_audits (tenant_id, id);
CREATE INDEX admin_audits_by_actor ON admin_audits (tenant_id, actor_id, id);
CREATE INDEX admin_audits_by_actor_and_action ON admin_audits (tenant_id, actor_id, action, id);
CREATE INDEX admin_audits_by_target ON admin_audits (tenant_id, target_id, id);
CREATE INDEX admin_audits_by_action ON admin_audits (tenant_id, action, id);
CREATE INDEX admin_audits_by_age ON admin_audits (tenant_id, created_at);

-- Written again, a row stays as it was: nothing can be put in its place.
CREATE TRIGGER admin_audits_are_written_once BEFORE INSERT ON admin_audits
WHEN EXISTS (SELECT 1 FROM admin_audits AS a WHERE a.id = NEW.id)
BEGIN
    SELECT RAISE(IGNORE);
END;

CREATE TRIGGER admin_audits_are_not_changed BEFORE UPDATE ON admin_audits
BEGIN
    SELECT RAISE(ABORT, 'the audit log is not changed');
END;

-- Only what is older than the app keeps it goes: a year, unless its settings say another number of days, 30 at least.
CREATE TRIGGER admin_audits_are_kept BEFORE DELETE ON admin_audits
WHEN
    OLD.created_at > unixepoch() * 1000 - 86400000 * max(30, coalesce((
        SELECT CAST(a.settings ->> '$.retention.audit_days' AS INTEGER) FROM apps AS a WHERE a.tenant_id = OLD.tenant_id
    ), 365))
BEGIN
    SELECT RAISE(ABORT, 'the audit log is kept');
END;

-- When the oldest message that is kept was sent, for apps that keep messages for a time.
ALTER TABLE conversations ADD COLUMN oldest_message_at INTEGER;
-- The number of the newest message that was purged with all before it: nobody has it unread.
ALTER TABLE conversations ADD COLUMN purged_ordinal INTEGER NOT NULL DEFAULT 0;
-- When the object is to be asked to let go of old events of its log; NULL if it has none.
ALTER TABLE conversations ADD COLUMN log_due_at INTEGER;
UPDATE conversations SET
    oldest_message_at = (
        SELECT m.created_at FROM messages AS m WHERE m.conversation_id = conversations.id ORDER BY m.seq LIMIT 1
    ),
    log_due_at = coalesce(last_message_at, created_at);

CREATE INDEX conversations_by_oldest ON conversations (tenant_id, oldest_message_at)
WHERE oldest_message_at IS NOT NULL;
CREATE INDEX conversations_by_log ON conversations (log_due_at) WHERE log_due_at IS NOT NULL;
CREATE INDEX apps_with_retention ON apps (tenant_id) WHERE (settings ->> '$.retention.message_days') IS NOT NULL;

-- Where deleted messages were that are purged: they still do not count as unread.
CREATE TABLE tombstones (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    seq INTEGER NOT NULL,
    -- The number that the message had: whoever has read up to here has read as many.
    ordinal INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_by_deletion ON messages (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX presence_stale ON presence (online_until) WHERE source <> 'me';
