-- The index: words and keys of messages, but not their text. The row's number is that of `messages`.
CREATE VIRTUAL TABLE texts USING fts5(
    body,
    keys,
    content = '',
    contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2 tokenchars '_'",
    prefix = '2 3'
);

-- Numbers of conversations, which stay when messages are removed.
CREATE TABLE conversations (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE messages (
    -- Milliseconds of the time of sending, times 2,048, and a number within the millisecond: the order of results.
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation INTEGER NOT NULL,
    -- Position of the last event that changed it: an older one arriving again changes nothing.
    updated_seq INTEGER NOT NULL,
    -- Number of words.
    length INTEGER NOT NULL
) STRICT;

CREATE INDEX messages_by_conversation ON messages (conversation, number);

-- Every 4,096th number or so, to find a number that many messages back.
CREATE TABLE marks (
    number INTEGER PRIMARY KEY
) STRICT;

-- Deleted messages: what is read from the record while they are deleted does not bring them back.
CREATE TABLE removed_messages (
    id TEXT NOT NULL PRIMARY KEY,
    removed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX removed_messages_by_time ON removed_messages (removed_at);

-- People who search, and the revision of the memberships that are stored of them.
CREATE TABLE people (
    number INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE,
    rev INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT;

CREATE INDEX people_by_use ON people (used_at);

CREATE TABLE memberships (
    person INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    PRIMARY KEY (person, conversation)
) STRICT, WITHOUT ROWID;

-- Conversations to read from the record, and up to where that is done.
CREATE TABLE fills (
    number INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL UNIQUE,
    after_seq INTEGER NOT NULL
) STRICT;
