-- Messages that wait for their time, and those that ended and are not settled in the record yet.
CREATE TABLE scheduled (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    send_at INTEGER NOT NULL,
    -- When to send it, at its time or after an attempt that has to be repeated; once it ended, when to settle it.
    due_at INTEGER NOT NULL,
    -- The message and its author, as JSON; NULL once it ended.
    pending TEXT,
    -- How it ended, as JSON; NULL until then.
    ended TEXT,
    CHECK ((pending IS NULL) <> (ended IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX scheduled_due ON scheduled (due_at, send_at, id) WHERE ended IS NULL;
CREATE INDEX scheduled_ended ON scheduled (due_at) WHERE ended IS NOT NULL;
-- Messages that slow mode, or a fault, holds back.
CREATE INDEX scheduled_held_back ON scheduled (id) WHERE ended IS NULL AND due_at > send_at;
