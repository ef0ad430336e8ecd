-- One upload, in one row, and the parts of its file that are stored. The bytes are in the file store.

CREATE TABLE upload (
    -- Id of the file.
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Upload-Metadata as it was sent.
    metadata TEXT NOT NULL,
    length INTEGER NOT NULL,
    -- Settings of the app's files when it began, as JSON.
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- The store's id of the parts; NULL before the first one.
    parts_id TEXT,
    -- Bytes that are stored, and how many of them are after the last part.
    stored INTEGER NOT NULL DEFAULT 0,
    tail INTEGER NOT NULL DEFAULT 0,
    -- What its beginning shows, once the first part is there.
    content_type TEXT,
    width INTEGER,
    height INTEGER,
    -- SHA-256 of all bytes in hexadecimal, once they are one file.
    sha256 TEXT
) STRICT;

CREATE TABLE parts (
    number INTEGER NOT NULL PRIMARY KEY,
    -- The store's tag of the part.
    tag TEXT NOT NULL
) STRICT;
