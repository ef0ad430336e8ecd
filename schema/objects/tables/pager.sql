-- A tenant's pager's database: devices, pages in delivery, and pending webhook events.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Inbox: desks that hand over notifications, with the last number taken from each.
CREATE TABLE IF NOT EXISTS sources (
    source TEXT NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL,
    heard_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sources_by_time ON sources (heard_at);

CREATE TABLE IF NOT EXISTS devices (
    -- URL of the device at its push service.
    endpoint TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    -- Group for which the device is paged.
    group_name TEXT NOT NULL,
    -- The device's keys, base64url.
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- 1 if its push service did not answer the last request. Such devices are served last.
    is_slow INTEGER NOT NULL DEFAULT 0 CHECK (is_slow IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS devices_by_group ON devices (group_name);
CREATE INDEX IF NOT EXISTS devices_by_user ON devices (user_id, expires_at);
CREATE INDEX IF NOT EXISTS devices_by_expiry ON devices (expires_at);

-- Users who are no longer guards, even if an older token says so.
CREATE TABLE IF NOT EXISTS forgotten (
    user_id TEXT NOT NULL PRIMARY KEY,
    forgotten_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages for devices.
CREATE TABLE IF NOT EXISTS pages (
    -- Never reused.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id TEXT NOT NULL,
    -- JSON as the device reads it.
    message TEXT NOT NULL,
    -- 1 if it asks a guard to come, 0 if it only reports the alert's state.
    is_page INTEGER NOT NULL CHECK (is_page IN (0, 1)),
    -- 1 if it is also for the guard who has acknowledged the alert.
    while_open INTEGER NOT NULL CHECK (while_open IN (0, 1)),
    until INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS pages_by_alert ON pages (alert_id);
CREATE INDEX IF NOT EXISTS pages_by_end ON pages (until);

-- Devices to which a message is still to be sent. Only an alert's newest message is sent to a device.
CREATE TABLE IF NOT EXISTS jobs (
    alert_id TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    page INTEGER NOT NULL,
    -- Attempts, including the one in flight.
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    -- The device's group.
    is_slow INTEGER NOT NULL CHECK (is_slow IN (0, 1)),
    PRIMARY KEY (alert_id, endpoint)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS jobs_by_time ON jobs (next_at);
CREATE INDEX IF NOT EXISTS jobs_by_haste ON jobs (is_slow, next_at);
CREATE INDEX IF NOT EXISTS jobs_by_page ON jobs (page);
CREATE INDEX IF NOT EXISTS jobs_by_endpoint ON jobs (endpoint);

-- Devices that may show an alert: they receive its later states.
CREATE TABLE IF NOT EXISTS paged (
    alert_id TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    paged_at INTEGER NOT NULL,
    PRIMARY KEY (alert_id, endpoint)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS paged_by_endpoint ON paged (endpoint);
CREATE INDEX IF NOT EXISTS paged_by_time ON paged (paged_at);

-- Users to whom a page was sent and of whom the desk is not notified yet.
CREATE TABLE IF NOT EXISTS reports (
    alert_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (alert_id, user_id)
) STRICT, WITHOUT ROWID;

-- Webhook endpoints, with their secrets.
CREATE TABLE IF NOT EXISTS hooks (
    id TEXT NOT NULL PRIMARY KEY,
    -- JSON.
    hook TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Webhook events to deliver.
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY,
    -- JSON.
    event TEXT NOT NULL
) STRICT;

-- Events that each endpoint has not accepted yet.
CREATE TABLE IF NOT EXISTS waiting (
    hook TEXT NOT NULL,
    number INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    PRIMARY KEY (hook, number)
) STRICT, WITHOUT ROWID;
