-- Messages with links that are to be looked at.
CREATE TABLE IF NOT EXISTS link_jobs (
    message_id TEXT NOT NULL PRIMARY KEY,
    -- Attempts, including the one in flight.
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS link_jobs_by_time ON link_jobs (next_at);

-- Links that were looked at.
CREATE TABLE IF NOT EXISTS link_cache (
    url TEXT NOT NULL PRIMARY KEY,
    -- JSON; NULL if there is none.
    preview TEXT,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS link_cache_by_end ON link_cache (until);
