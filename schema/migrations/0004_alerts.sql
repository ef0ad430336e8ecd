-- Panic alerts, as their desks have told of them: who reads the record later reads what a desk has written, never more.
-- Whoever raised one need not be known here: nobody's call for help waits until the record has taken them in.

CREATE TABLE alerts (
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    -- Of the client's making.
    id TEXT NOT NULL,
    -- The desk's position of this state: an older one never replaces it.
    seq INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (
        status IN ('triggered', 'acknowledged', 'responding', 'resolved', 'cancelled', 'false_alarm')
    ),
    drill INTEGER NOT NULL CHECK (drill IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- NULL while something is still to be done.
    closed_at INTEGER,
    -- When the desk has something to do about it.
    due_at INTEGER,
    -- Whether there are places of it: they go before the alert does.
    has_trail INTEGER NOT NULL DEFAULT 0 CHECK (has_trail IN (0, 1)),
    -- The alert as it stands, in JSON.
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (tenant_id, id),
    CHECK ((closed_at IS NULL) = (status IN ('triggered', 'acknowledged', 'responding'))),
    CHECK (closed_at IS NULL OR due_at IS NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX alerts_by_time ON alerts (tenant_id, created_at, id);
CREATE INDEX alerts_open ON alerts (tenant_id, created_at, id) WHERE closed_at IS NULL;
CREATE INDEX alerts_closed ON alerts (tenant_id, created_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX alerts_by_status ON alerts (tenant_id, status, created_at, id);
CREATE INDEX alerts_by_drill ON alerts (tenant_id, drill, created_at, id);
CREATE INDEX alerts_by_drill_and_status ON alerts (tenant_id, drill, status, created_at, id);
CREATE INDEX alerts_by_user ON alerts (tenant_id, user_id, created_at, id);
CREATE INDEX alerts_due ON alerts (due_at, tenant_id, id) WHERE due_at IS NOT NULL;
CREATE INDEX alerts_by_end ON alerts (tenant_id, closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX alerts_with_trail ON alerts (tenant_id, closed_at, id) WHERE has_trail = 1 AND closed_at IS NOT NULL;

-- The timeline of an alert. A batch may come before the one with its alert, so that nothing points there.
CREATE TABLE alert_entries (
    tenant_id TEXT NOT NULL,
    alert_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    -- The entry in JSON.
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (tenant_id, alert_id, number)
) STRICT, WITHOUT ROWID;

-- What came after the newest of these is not for whoever raised the alert.
CREATE INDEX alert_entries_of_duress ON alert_entries (tenant_id, alert_id, number) WHERE what = 'duress';

-- Written again, a row stays as it was: nothing can be put in its place.
CREATE TRIGGER alert_entries_are_written_once BEFORE INSERT ON alert_entries
WHEN
    EXISTS (
        SELECT 1 FROM alert_entries AS e
        WHERE e.tenant_id = NEW.tenant_id AND e.alert_id = NEW.alert_id AND e.number = NEW.number
    )
BEGIN
    SELECT RAISE(IGNORE);
END;

CREATE TRIGGER alert_entries_are_not_changed BEFORE UPDATE ON alert_entries
BEGIN
    SELECT RAISE(ABORT, 'a timeline is not changed');
END;

-- Only that of an alert goes that ended longer ago than the app keeps alerts: five years, unless its settings say another
-- number of days, 30 at least.
CREATE TRIGGER alert_entries_are_kept BEFORE DELETE ON alert_entries
WHEN
    EXISTS (
        SELECT 1 FROM alerts AS a
        WHERE
            a.tenant_id = OLD.tenant_id
            AND a.id = OLD.alert_id
            AND (
                a.closed_at IS NULL
                OR a.closed_at > unixepoch() * 1000 - 86400000 * max(30, coalesce((
                    SELECT CAST(p.settings ->> '$.alerts.alert_days' AS INTEGER) FROM apps AS p
                    WHERE
                        p.tenant_id = OLD.tenant_id
                        AND json_type(p.settings, '$.alerts.alert_days') = 'integer'
                        AND p.settings ->> '$.alerts.alert_days' > 0
                ), 1825))
            )
    )
BEGIN
    SELECT RAISE(ABORT, 'a timeline is kept as long as its alert');
END;

-- An alert goes only then, and after all that is of it.
CREATE TRIGGER alerts_are_kept BEFORE DELETE ON alerts
WHEN
    OLD.closed_at IS NULL
    OR EXISTS (SELECT 1 FROM alert_entries AS e WHERE e.tenant_id = OLD.tenant_id AND e.alert_id = OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'an alert is kept as long as its timeline');
END;

-- Where whoever raised it was, in ten-millionths of a degree.
CREATE TABLE alert_sightings (
    tenant_id TEXT NOT NULL,
    alert_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    lat INTEGER NOT NULL CHECK (lat BETWEEN -900000000 AND 900000000),
    lng INTEGER NOT NULL CHECK (lng BETWEEN -1800000000 AND 1800000000),
    string TEXT,
    accuracy INTEGER,
    source TEXT,
    PRIMARY KEY (tenant_id, alert_id, number)
) STRICT, WITHOUT ROWID;

-- Where they were at a time.
CREATE INDEX alert_sightings_by_time ON alert_sightings (tenant_id, alert_id, at, number);

-- How far it got with whom, by which way.
CREATE TABLE alert_deliveries (
    tenant_id TEXT NOT NULL,
    alert_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    via TEXT NOT NULL CHECK (via IN ('socket', 'channel', 'push', 'http')),
    -- The desk's position of this state.
    seq INTEGER NOT NULL,
    sent_at INTEGER,
    delivered_at INTEGER,
    seen_at INTEGER,
    acknowledged_at INTEGER,
    PRIMARY KEY (tenant_id, alert_id, user_id, via)
) STRICT, WITHOUT ROWID;
