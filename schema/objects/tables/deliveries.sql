-- History of webhook deliveries, for administrators: one row for each delivery to each endpoint. The queue is elsewhere.
CREATE TABLE deliveries (
    -- Never reused: pages of the list are in its order.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL,
    -- Delivery id.
    id TEXT NOT NULL,
    -- Types of its events: a JSON array.
    kinds TEXT NOT NULL,
    events INTEGER NOT NULL,
    -- What the queue needs to send it again.
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'failed', 'delivered', 'given_up')),
    -- Attempts that ended.
    attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER,
    last_error TEXT,
    -- Why it was given up.
    given_up TEXT,
    next_at INTEGER,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    UNIQUE (endpoint, id)
) STRICT;

CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint, number);
CREATE INDEX deliveries_by_state ON deliveries (endpoint, state, number);
CREATE INDEX deliveries_by_end ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- The last request that each endpoint accepted, and the last that failed.
CREATE TABLE results (
    endpoint TEXT NOT NULL PRIMARY KEY,
    last_success_at INTEGER,
    last_failure_at INTEGER,
    last_failure_status INTEGER,
    last_failure TEXT
) STRICT, WITHOUT ROWID;
