-- An alert desk's own database: the tenant's alerts that are open or ended lately, and what has to be told of them.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every change of a row has a position of its own in the desk's one order: by it the record is brought up to date.
CREATE TABLE IF NOT EXISTS alerts (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    drill INTEGER NOT NULL CHECK (drill IN (0, 1)),
    created_at INTEGER NOT NULL,
    -- When something is to be done about it, if it is open.
    due_at INTEGER,
    -- When it ended.
    closed_at INTEGER,
    seq INTEGER NOT NULL,
    -- The newest change that everybody is to be told of, until they have been.
    untold_seq INTEGER,
    -- When the newest place of its trail was kept, and how many there are.
    sighted_at INTEGER,
    sightings INTEGER NOT NULL DEFAULT 0,
    -- JSON.
    alert TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One open alert for each person, and one for practice.
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

-- Alerts that are in the record alone, so that a late repeat of a call for help does not raise a second one.
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
    -- How often somebody tried to change them with a wrong one lately, and when they did last.
    wrong INTEGER NOT NULL DEFAULT 0,
    wrong_at INTEGER
) STRICT, WITHOUT ROWID;

-- People who are guards no longer, whatever a token from before says.
CREATE TABLE IF NOT EXISTS withdrawn (
    user_id TEXT NOT NULL PRIMARY KEY,
    withdrawn_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Guards with a device on their own channel, which is told of alerts until then.
CREATE TABLE IF NOT EXISTS watchers (
    user_id TEXT NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS watchers_by_time ON watchers (until);

-- What the pager does not have yet.
CREATE TABLE IF NOT EXISTS errands (
    -- Never given out twice.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    -- JSON.
    errand TEXT NOT NULL
) STRICT;
