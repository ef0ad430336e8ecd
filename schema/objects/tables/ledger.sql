-- The database of an app's quota registry: a lease for each object that has connections.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS leases (
    -- A conversation's id, or user.{id} for a user's own channel.
    source TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('room', 'conversation', 'channel')),
    connections INTEGER NOT NULL,
    people INTEGER NOT NULL,
    -- Unused since leases carry absolute counts.
    allowance INTEGER NOT NULL,
    -- Messages sent there in total.
    sent INTEGER NOT NULL,
    -- Rises with every report of the object.
    turn INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Connections per user at an object, of apps with a maximum per user.
CREATE TABLE IF NOT EXISTS persons (
    source TEXT NOT NULL,
    user_id TEXT NOT NULL,
    connections INTEGER NOT NULL,
    PRIMARY KEY (source, user_id)
) STRICT, WITHOUT ROWID;
