-- Reactions and pins of messages whose annotations changed recently; of older ones, the record is read when they change.
CREATE TABLE annotations (
    message_id TEXT NOT NULL PRIMARY KEY,
    message_seq INTEGER NOT NULL,
    -- Position of the last event that changed them; 0 if the record has the same.
    seq INTEGER NOT NULL,
    -- JSON.
    annotations TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX annotations_by_seq ON annotations (seq);

CREATE TABLE reactions (
    message_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- Empty in the row that says that the record's reactions of this user were read.
    emoji TEXT NOT NULL,
    -- Position of the last event that added or removed it; 0 if the record has the same.
    seq INTEGER NOT NULL,
    is_removed INTEGER NOT NULL CHECK (is_removed IN (0, 1)),
    -- For the flush, as JSON; NULL if the record has the same.
    change TEXT,
    PRIMARY KEY (message_id, user_id, emoji)
) STRICT, WITHOUT ROWID;

CREATE INDEX reactions_by_seq ON reactions (seq);

CREATE TABLE pins (
    message_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
