-- What happened on an object's channels and its app's webhooks do not know yet.
CREATE TABLE IF NOT EXISTS happenings (
    -- Never given out twice.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    -- JSON.
    happening TEXT NOT NULL
) STRICT;

-- One row: the name of this numbering.
CREATE TABLE IF NOT EXISTS herald (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    source TEXT NOT NULL
) STRICT;
