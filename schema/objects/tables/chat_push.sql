-- Messages for a person's devices that no push service has taken yet.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS jobs (
    -- Never reused.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    -- URL of the device at its push service, and its keys, base64url.
    endpoint TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    -- A message takes the place of one with the same topic.
    topic TEXT NOT NULL,
    -- JSON as the device reads it.
    message TEXT NOT NULL,
    until INTEGER NOT NULL,
    -- Attempts, including the one in flight.
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    UNIQUE (endpoint, topic)
) STRICT;

CREATE INDEX IF NOT EXISTS jobs_by_time ON jobs (next_at);
CREATE INDEX IF NOT EXISTS jobs_by_end ON jobs (until);
