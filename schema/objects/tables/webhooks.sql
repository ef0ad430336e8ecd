-- The database of an app's webhooks: the events to deliver, and each endpoint's position.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Events held for 3 s, and dropped if the matching event follows.
CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY,
    until INTEGER NOT NULL,
    -- JSON.
    happening TEXT NOT NULL
) STRICT;

-- Events to deliver, in order.
CREATE TABLE IF NOT EXISTS ready (
    number INTEGER PRIMARY KEY,
    -- JSON.
    happening TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS endpoints (
    url TEXT NOT NULL PRIMARY KEY,
    -- Names of the events that the endpoint wants: a JSON array.
    events TEXT NOT NULL,
    -- Number up to which all its events are in a batch.
    told INTEGER NOT NULL,
    -- The batch in delivery: JSON.
    batch TEXT
) STRICT, WITHOUT ROWID;

-- Inbox: objects that hand over events, with the last number taken from each.
CREATE TABLE IF NOT EXISTS sources (
    source TEXT NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL,
    heard_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sources_by_time ON sources (heard_at);
