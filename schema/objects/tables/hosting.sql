-- The app and target of these channels. The object's own tables have them, too.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Gateways that have listeners of a channel. The gateways know how many.
CREATE TABLE IF NOT EXISTS listening (
    channel TEXT NOT NULL,
    gateway TEXT NOT NULL,
    PRIMARY KEY (channel, gateway)
) STRICT, WITHOUT ROWID;

-- Members of presence channels that were announced to the others.
CREATE TABLE IF NOT EXISTS announced (
    channel TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- The member as JSON.
    listener TEXT NOT NULL,
    PRIMARY KEY (channel, user_id)
) STRICT, WITHOUT ROWID;

-- Last event of each cache channel.
CREATE TABLE IF NOT EXISTS cached (
    channel TEXT NOT NULL PRIMARY KEY,
    -- The frame as sent, and the event's data.
    frame TEXT NOT NULL,
    data TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
