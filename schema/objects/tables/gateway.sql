-- A gateway's database: its name, and the objects to which it has reported listeners.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Objects that count listeners at this gateway, as JSON.
CREATE TABLE IF NOT EXISTS targets (
    target TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Public channels whose objects rely on reports from this gateway until the given time.
CREATE TABLE IF NOT EXISTS report_leases (
    channel TEXT NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS report_leases_by_end ON report_leases (until);
