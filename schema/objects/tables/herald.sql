-- Webhook outbox: events on the object's channels that the app's webhooks object does not have yet.
CREATE TABLE IF NOT EXISTS happenings (
    -- Never reused.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    -- JSON.
    happening TEXT NOT NULL
) STRICT;

-- One row: the name of this numbering.
CREATE TABLE IF NOT EXISTS herald (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    source TEXT NOT NULL
) STRICT;
