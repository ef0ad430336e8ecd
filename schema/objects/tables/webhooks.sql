-- The database of an app's webhooks: what is to be told, and how far each endpoint has heard of it.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Leavings that wait for a return.
CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY,
    until INTEGER NOT NULL,
    -- JSON.
    happening TEXT NOT NULL
) STRICT;

-- What is to be told, in order.
CREATE TABLE IF NOT EXISTS ready (
    number INTEGER PRIMARY KEY,
    -- JSON.
    happening TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS endpoints (
    url TEXT NOT NULL PRIMARY KEY,
    -- What it wants to hear of: a JSON array.
    events TEXT NOT NULL,
    -- Up to which number all of that is in a batch.
    told INTEGER NOT NULL,
    -- What is on its way there: JSON.
    batch TEXT
) STRICT, WITHOUT ROWID;

-- Objects that hand over what happened, with the last of their numbers that is known here.
CREATE TABLE IF NOT EXISTS sources (
    source TEXT NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL,
    heard_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sources_by_time ON sources (heard_at);
