-- A tenant's pager's own database: who wants to be paged, what is on its way to whom, and what webhooks are still to be told.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Desks that hand over what happened, with the last of their numbers that is known here.
CREATE TABLE IF NOT EXISTS sources (
    source TEXT NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL,
    heard_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sources_by_time ON sources (heard_at);

CREATE TABLE IF NOT EXISTS devices (
    -- Where its push service takes messages for it.
    endpoint TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    -- As one of whom it is paged.
    group_name TEXT NOT NULL,
    -- Its keys, base64url.
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- 1 if its push service did not answer the last time: others go first.
    is_slow INTEGER NOT NULL DEFAULT 0 CHECK (is_slow IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS devices_by_group ON devices (group_name);
CREATE INDEX IF NOT EXISTS devices_by_user ON devices (user_id, expires_at);
CREATE INDEX IF NOT EXISTS devices_by_expiry ON devices (expires_at);

-- People who are guards no longer, whatever a token from before says.
CREATE TABLE IF NOT EXISTS forgotten (
    user_id TEXT NOT NULL PRIMARY KEY,
    forgotten_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What devices are sent.
CREATE TABLE IF NOT EXISTS pages (
    -- Never given out twice.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id TEXT NOT NULL,
    -- JSON, as a device reads it.
    message TEXT NOT NULL,
    -- 1 if it asks somebody to come, 0 if it only says how an alert stands.
    is_page INTEGER NOT NULL CHECK (is_page IN (0, 1)),
    -- 1 if it is for whoever has taken the alert, too.
    while_open INTEGER NOT NULL CHECK (while_open IN (0, 1)),
    until INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS pages_by_alert ON pages (alert_id);
CREATE INDEX IF NOT EXISTS pages_by_end ON pages (until);

-- To which devices it is still to be sent. Of an alert a device is sent the newest alone.
CREATE TABLE IF NOT EXISTS jobs (
    alert_id TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    page INTEGER NOT NULL,
    -- How often it was tried, the try that is under way included.
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    -- As of its device.
    is_slow INTEGER NOT NULL CHECK (is_slow IN (0, 1)),
    PRIMARY KEY (alert_id, endpoint)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS jobs_by_time ON jobs (next_at);
CREATE INDEX IF NOT EXISTS jobs_by_haste ON jobs (is_slow, next_at);
CREATE INDEX IF NOT EXISTS jobs_by_page ON jobs (page);
CREATE INDEX IF NOT EXISTS jobs_by_endpoint ON jobs (endpoint);

-- Devices that may know of an alert: they are told what becomes of it.
CREATE TABLE IF NOT EXISTS paged (
    alert_id TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    paged_at INTEGER NOT NULL,
    PRIMARY KEY (alert_id, endpoint)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS paged_by_endpoint ON paged (endpoint);
CREATE INDEX IF NOT EXISTS paged_by_time ON paged (paged_at);

-- Whom a page was sent to, and the desk does not know it yet.
CREATE TABLE IF NOT EXISTS reports (
    alert_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (alert_id, user_id)
) STRICT, WITHOUT ROWID;

-- Webhooks, with their secrets.
CREATE TABLE IF NOT EXISTS hooks (
    id TEXT NOT NULL PRIMARY KEY,
    -- JSON.
    hook TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What they are to be told.
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY,
    -- JSON.
    event TEXT NOT NULL
) STRICT;

-- Which of them has not been told what.
CREATE TABLE IF NOT EXISTS waiting (
    hook TEXT NOT NULL,
    number INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    PRIMARY KEY (hook, number)
) STRICT, WITHOUT ROWID;
