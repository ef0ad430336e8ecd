-- An alert desk's database: the tenant's alerts that are open or closed recently, and their pending notifications.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every change of a row has its own position in one order. The flush to the record goes by position.
CREATE TABLE IF NOT EXISTS alerts (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    drill INTEGER NOT NULL CHECK (drill IN (0, 1)),
    created_at INTEGER NOT NULL,
    -- Next due time of an open alert.
    due_at INTEGER,
    -- When it was closed.
    closed_at INTEGER,
    seq INTEGER NOT NULL,
    -- Newest change of which the dashboards are not notified yet.
    untold_seq INTEGER,
    -- Time of the newest stored location, and the number of locations.
    sighted_at INTEGER,
    sightings INTEGER NOT NULL DEFAULT 0,
    -- JSON.
    alert TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One open alert per user, and one open drill.
CREATE UNIQUE INDEX IF NOT EXISTS alerts_open_by_person ON alerts (user_id, drill) WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS alerts_open_by_time ON alerts (created_at) WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS alerts_due ON alerts (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS alerts_by_seq ON alerts (seq);
CREATE INDEX IF NOT EXISTS alerts_untold ON alerts (untold_seq) WHERE untold_seq IS NOT NULL;
CREATE INDEX IF NOT EXISTS alerts_closed ON alerts (closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS entries (
    alert_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    -- JSON.
    entry TEXT NOT NULL,
    PRIMARY KEY (alert_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS entries_by_seq ON entries (seq);

CREATE TABLE IF NOT EXISTS sightings (
    alert_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    -- JSON.
    sighting TEXT NOT NULL,
    PRIMARY KEY (alert_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sightings_by_seq ON sightings (seq);

CREATE TABLE IF NOT EXISTS deliveries (
    alert_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    via TEXT NOT NULL,
    sent_at INTEGER,
    delivered_at INTEGER,
    seen_at INTEGER,
    acknowledged_at INTEGER,
    seq INTEGER NOT NULL,
    PRIMARY KEY (alert_id, user_id, via)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS deliveries_by_seq ON deliveries (seq);

-- Alerts that only the record still has, so that a late repeat of a call does not raise a second alert.
CREATE TABLE IF NOT EXISTS known (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    left_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS known_by_time ON known (left_at);

CREATE TABLE IF NOT EXISTS pins (
    user_id TEXT NOT NULL PRIMARY KEY,
    -- JSON.
    pins TEXT NOT NULL,
    -- Failed attempts to change them with a wrong PIN, and the time of the last.
    wrong INTEGER NOT NULL DEFAULT 0,
    wrong_at INTEGER
) STRICT, WITHOUT ROWID;

-- Users who are no longer guards, even if an older token says so.
CREATE TABLE IF NOT EXISTS withdrawn (
    user_id TEXT NOT NULL PRIMARY KEY,
    withdrawn_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Guards with a device on their own channel, which receives alerts until the given time.
CREATE TABLE IF NOT EXISTS watchers (
    user_id TEXT NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS watchers_by_time ON watchers (until);

-- Outbox to the pager.
CREATE TABLE IF NOT EXISTS errands (
    -- Never reused.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    -- JSON.
    errand TEXT NOT NULL
) STRICT;
