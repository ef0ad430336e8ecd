-- A gateway's own database: which one it is, and whom it has told of listeners.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Objects that think that sockets here listen to their channels, as JSON.
CREATE TABLE IF NOT EXISTS targets (
    target TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Public channels whose objects rely on being told of listeners here, until then.
CREATE TABLE IF NOT EXISTS report_leases (
    channel TEXT NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS report_leases_by_end ON report_leases (until);
