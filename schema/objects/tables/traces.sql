-- Traces of an object's events for users, created with the first one.
CREATE TABLE traces (
    name TEXT PRIMARY KEY,
    -- What is traced, as JSON.
    info TEXT NOT NULL,
    -- Number of steps, and of those left out.
    steps INTEGER NOT NULL,
    left_out INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE trace_steps (
    trace TEXT NOT NULL,
    number INTEGER NOT NULL,
    -- A step, as JSON.
    step TEXT NOT NULL,
    PRIMARY KEY (trace, number)
) STRICT, WITHOUT ROWID;
