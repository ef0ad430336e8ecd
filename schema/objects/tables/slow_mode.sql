-- When each member last sent a message in slow mode. A row outlives the membership, so that leaving and joining again is
-- no way around slow mode.
CREATE TABLE slow_mode_sends (
    user_id TEXT NOT NULL PRIMARY KEY,
    sent_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX slow_mode_sends_by_age ON slow_mode_sends (sent_at);
