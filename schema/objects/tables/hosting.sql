-- Whose channels these are. The objects' own tables have it, too.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Gateways that have listeners of a channel. How many, their sockets say.
CREATE TABLE IF NOT EXISTS listening (
    channel TEXT NOT NULL,
    gateway TEXT NOT NULL,
    PRIMARY KEY (channel, gateway)
) STRICT, WITHOUT ROWID;

-- Members of presence channels that the others were told of.
CREATE TABLE IF NOT EXISTS announced (
    channel TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- Who it is, as JSON.
    listener TEXT NOT NULL,
    PRIMARY KEY (channel, user_id)
) STRICT, WITHOUT ROWID;

-- The last event of cache channels.
CREATE TABLE IF NOT EXISTS cached (
    channel TEXT NOT NULL PRIMARY KEY,
    -- The frame, ready to be sent, and what it carries.
    frame TEXT NOT NULL,
    data TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
