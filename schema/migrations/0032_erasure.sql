-- Erasures of users: each row is a job with its progress, and stays as the state of the last erasure of the user.

CREATE TABLE erasures (
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    user_id TEXT NOT NULL,
    -- The administrator who requested it.
    requested_by TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    -- What the user wrote up to then is erased: some seconds after the request, until which a revoked identity may still be admitted.
    up_to INTEGER NOT NULL,
    -- How far it is, as JSON.
    progress TEXT NOT NULL CHECK (json_valid(progress)),
    -- Raised by every step: of two that run at the same time, one stores its progress.
    rev INTEGER NOT NULL DEFAULT 0,
    -- When the next step is due.
    next_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX erasures_due ON erasures (next_at) WHERE ended_at IS NULL;

-- Since when the user is erased. NULL again once they come back with a new identity.
ALTER TABLE users ADD COLUMN erased_at INTEGER;

-- What an erasure looks up by the user.
CREATE INDEX notifications_by_actor ON notifications (tenant_id, actor_id) WHERE actor_id IS NOT NULL;
CREATE INDEX reports_by_reporter ON reports (tenant_id, reported_by);

-- While the owner of an alert that has ended is being erased, its timeline loses their name and words.
DROP TRIGGER alert_entries_are_not_changed;

CREATE TRIGGER alert_entries_are_not_changed BEFORE UPDATE ON alert_entries
WHEN
    NOT EXISTS (
        SELECT 1
        FROM alerts AS a
        INNER JOIN erasures AS e ON a.tenant_id = e.tenant_id AND a.user_id = e.user_id
        WHERE
            a.tenant_id = OLD.tenant_id
            AND a.id = OLD.alert_id
            AND a.closed_at IS NOT NULL
            AND e.ended_at IS NULL
    )
BEGIN
    SELECT RAISE(ABORT, 'a timeline is not changed');
END;
