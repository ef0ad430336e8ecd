-- The database of an app's ledger: what its objects hold, for as long as they say so.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS leases (
    -- A conversation's id, or user.{id} for a person's own channel.
    source TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('room', 'conversation', 'channel')),
    connections INTEGER NOT NULL,
    people INTEGER NOT NULL,
    -- Connections it may hold, of apps with a maximum.
    allowance INTEGER NOT NULL,
    -- Messages ever sent there.
    sent INTEGER NOT NULL,
    -- Rises with every tally of the object.
    turn INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- People's connections at an object, of apps that cap a person's.
CREATE TABLE IF NOT EXISTS persons (
    source TEXT NOT NULL,
    user_id TEXT NOT NULL,
    connections INTEGER NOT NULL,
    PRIMARY KEY (source, user_id)
) STRICT, WITHOUT ROWID;
