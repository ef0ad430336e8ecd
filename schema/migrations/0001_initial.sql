-- The record across conversations. Times are Unix milliseconds; ids are text.
CREATE TABLE apps (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    -- Addresses a browser may call from: a JSON array of origins, or ["*"].
    allowed_origins TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(allowed_origins)),
    -- Where RS256 and ES256 tokens are verified: a JWKS document, or the address of one.
    jwks TEXT CHECK (jwks IS NULL OR json_valid(jwks)),
    jwks_url TEXT,
    -- Limits that differ from the defaults, and other settings.
    settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
    disabled_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER
) STRICT;

CREATE TABLE users (
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The name in lower case of every script, which SQLite's own functions know for ASCII only.
    search_name TEXT NOT NULL,
    avatar TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX users_by_name ON users (tenant_id, search_name, id);

CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    type TEXT NOT NULL CHECK (type IN ('room', 'dm', 'group')),
    -- The two people of a direct conversation, as a JSON array in order: the same two get the same one.
    dm_key TEXT,
    report_id TEXT,
    metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata)),
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    deleted_at INTEGER,
    member_count INTEGER NOT NULL DEFAULT 0,
    -- How far the object's log has arrived here.
    last_seq INTEGER NOT NULL DEFAULT 0,
    -- How many messages were ever sent; a message's own number is its ordinal.
    message_count INTEGER NOT NULL DEFAULT 0,
    last_message_at INTEGER,
    CHECK ((type = 'dm') = (dm_key IS NOT NULL)),
    UNIQUE (tenant_id, dm_key)
) STRICT;

CREATE INDEX conversations_by_report ON conversations (tenant_id, report_id) WHERE report_id IS NOT NULL;

CREATE TABLE rooms (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    conversation_id TEXT NOT NULL UNIQUE REFERENCES conversations (id),
    name TEXT NOT NULL,
    -- The name in lower case of every script.
    search_name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
    -- The tenant's general room: everyone is a member from their first use on.
    is_general INTEGER NOT NULL DEFAULT 0 CHECK (is_general IN (0, 1)),
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    deleted_at INTEGER
) STRICT;

CREATE INDEX rooms_by_tenant ON rooms (tenant_id, id);
CREATE INDEX rooms_by_visibility ON rooms (tenant_id, visibility, id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX rooms_general ON rooms (tenant_id) WHERE is_general = 1;

CREATE TABLE members (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    user_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('member', 'moderator', 'owner')),
    joined_at INTEGER NOT NULL,
    updated_at INTEGER,
    -- Up to where this member has read. Only moves forward.
    last_read_seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_user ON members (tenant_id, user_id, conversation_id);
CREATE INDEX members_owners ON members (conversation_id) WHERE role = 'owner';

CREATE TABLE messages (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    seq INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT NOT NULL,
    -- 1 for the conversation's first message, 2 for the second: unread counts are differences of these.
    ordinal INTEGER NOT NULL,
    sender_id TEXT NOT NULL,
    sender_name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('text', 'image', 'file', 'system')),
    body TEXT,
    metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
    parent_id TEXT,
    client_msg_id TEXT,
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    deleted_at INTEGER,
    updated_at INTEGER,
    -- The position of the last event that changed this row: an older one arriving again changes nothing.
    updated_seq INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX messages_by_client_id ON messages (conversation_id, sender_id, client_msg_id)
WHERE client_msg_id IS NOT NULL;
CREATE INDEX messages_deleted ON messages (conversation_id, seq) WHERE deleted_at IS NOT NULL;

-- Who is online, from where: a row per person and object that holds sockets of theirs. A row whose time is
-- over counts as offline, so that nobody stays online because a process died.
CREATE TABLE presence (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    source TEXT NOT NULL,
    online_until INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, source),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX presence_online ON presence (tenant_id, online_until, user_id);

-- First results of creating calls, for Idempotency-Key.
CREATE TABLE idempotency_keys (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    key TEXT NOT NULL,
    -- SHA-256 of method, path and body.
    request_hash TEXT NOT NULL,
    status INTEGER,
    response TEXT,
    -- When the first call came: ids of what it makes derive from this, so that whoever takes over makes the same.
    begun_at INTEGER NOT NULL,
    -- When the call came that is at it, or was.
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- 30-second single-use stand-ins for a token, for clients that can set neither header nor subprotocol.
CREATE TABLE tickets (
    ticket_hash TEXT NOT NULL PRIMARY KEY,
    principal TEXT NOT NULL CHECK (json_valid(principal)),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX tickets_by_expiry ON tickets (expires_at);
