-- Recent revocations of the app's identities.
CREATE TABLE IF NOT EXISTS revocations (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    before INTEGER NOT NULL,
    version INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    -- 0 until it is effective; then the objects with connections that it can end are listed.
    is_listed INTEGER NOT NULL CHECK (is_listed IN (0, 1)),
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS revocations_by_time ON revocations (is_listed, effective_at);

-- Outbox: objects that have yet to acknowledge a revocation. Delivered twice, it ends nothing more.
CREATE TABLE IF NOT EXISTS revocation_receivers (
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (source, kind, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS revocation_receivers_by_subject ON revocation_receivers (kind, subject);
