-- Metrics of an app, in the database of its quota registry.
-- The last numbers of each isolate that reports; the row '' has the sum of those that no longer do.
CREATE TABLE IF NOT EXISTS metric_sources (
    source TEXT NOT NULL PRIMARY KEY,
    heard_at INTEGER NOT NULL,
    -- Numbers by series, as JSON.
    counts TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Distinct active users of a day, as registers of HyperLogLog.
CREATE TABLE IF NOT EXISTS metric_people (
    -- Number of the day since 1970, modulo the number of days kept.
    slot INTEGER NOT NULL PRIMARY KEY,
    day INTEGER NOT NULL,
    registers TEXT NOT NULL
) STRICT;

-- Ring of the last day's minutes.
CREATE TABLE IF NOT EXISTS metric_minutes (
    -- Number of the minute since 1970, modulo the number of minutes kept.
    slot INTEGER NOT NULL PRIMARY KEY,
    minute INTEGER NOT NULL,
    -- Readings as JSON.
    readings TEXT NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS metric_minutes_by_minute ON metric_minutes (minute);
