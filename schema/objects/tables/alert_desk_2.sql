-- What owners see instead of their alert since they gave the duress PIN.
CREATE TABLE IF NOT EXISTS views (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    drill INTEGER NOT NULL CHECK (drill IN (0, 1)),
    -- Next due time of an open view.
    due_at INTEGER,
    closed_at INTEGER,
    -- In the order of positions of alerts.
    seq INTEGER NOT NULL,
    -- JSON, with the id of the guards' alert behind it.
    view TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX IF NOT EXISTS views_open_by_person ON views (user_id, drill) WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS views_closed_by_person ON views (user_id, drill, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS views_due ON views (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS views_by_seq ON views (seq);
CREATE INDEX IF NOT EXISTS views_by_person ON views (user_id, seq);
CREATE INDEX IF NOT EXISTS views_closed ON views (closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS view_entries (
    alert_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    -- JSON.
    entry TEXT NOT NULL,
    PRIMARY KEY (alert_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS view_entries_by_seq ON view_entries (seq);

CREATE INDEX IF NOT EXISTS alerts_closed_by_person ON alerts (user_id, drill, closed_at) WHERE closed_at IS NOT NULL;

-- 1 if the PINs were last changed with the duress PIN. Without PINs, `pins` is the JSON null.
ALTER TABLE pins ADD COLUMN is_decoy INTEGER NOT NULL DEFAULT 0 CHECK (is_decoy IN (0, 1));

-- Whose alert a row of the outbox is about, and whether it asks guards to come. Each owner has a budget of rows.
ALTER TABLE errands ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE errands ADD COLUMN is_page INTEGER NOT NULL DEFAULT 0 CHECK (is_page IN (0, 1));
CREATE INDEX IF NOT EXISTS errands_by_owner ON errands (owner, number);
