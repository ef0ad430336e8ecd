-- Notifications for all members of a conversation whose delivery is not finished.
CREATE TABLE IF NOT EXISTS announcements (
    -- Never reused.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Position of the message: what is newer about it takes the place of what is older.
    seq INTEGER NOT NULL UNIQUE,
    -- JSON.
    announcement TEXT NOT NULL,
    -- Id of the last member to whom it was delivered; '' at the beginning.
    delivered_up_to TEXT NOT NULL,
    -- Failures since the last page of members.
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS announcements_by_time ON announcements (next_at);
CREATE INDEX IF NOT EXISTS announcements_by_end ON announcements (until);
