-- What the owner of an alert sees instead of it since they gave the duress PIN. Guards never see a view.
CREATE TABLE alert_views (
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    -- The id of an alert, or one that only its owner knows.
    id TEXT NOT NULL,
    -- The desk's position of this state: an older one never replaces it.
    seq INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    -- The guards' alert behind it. The view is deleted with that alert.
    behind TEXT NOT NULL,
    status TEXT NOT NULL CHECK (
        status IN ('triggered', 'acknowledged', 'responding', 'resolved', 'cancelled', 'false_alarm')
    ),
    drill INTEGER NOT NULL CHECK (drill IN (0, 1)),
    created_at INTEGER NOT NULL,
    closed_at INTEGER,
    -- The view in JSON.
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX alert_views_by_user ON alert_views (tenant_id, user_id, created_at, id);
CREATE INDEX alert_views_open ON alert_views (tenant_id, created_at, id) WHERE closed_at IS NULL;
CREATE INDEX alert_views_by_alert ON alert_views (tenant_id, behind, id);

-- The timeline of a view, after the entries that it shares with the alert of the same id.
CREATE TABLE alert_view_entries (
    tenant_id TEXT NOT NULL,
    alert_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    -- The entry in JSON.
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (tenant_id, alert_id, number)
) STRICT, WITHOUT ROWID;
