-- Changes of the record in progress: stored before the write to the record, deleted when the log has the event. After a
-- crash the object reads from the record whether the change was made.
CREATE TABLE begun_changes (
    -- The changed entity: a member, or the conversation itself.
    subject TEXT NOT NULL PRIMARY KEY,
    -- JSON.
    change TEXT NOT NULL
) STRICT, WITHOUT ROWID;
