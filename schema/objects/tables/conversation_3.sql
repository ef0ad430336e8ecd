-- Changes of the record that have begun: kept before the record is asked, and until the log has their event. An object
-- that dies in between finds out from the record what became of them.
CREATE TABLE begun_changes (
    -- What changes: one member, or the conversation itself.
    subject TEXT NOT NULL PRIMARY KEY,
    -- JSON.
    change TEXT NOT NULL
) STRICT, WITHOUT ROWID;
