-- Identities of an app, of a generation of its secret, or of a user that are invalid although they have not expired.
CREATE TABLE revocations (
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    kind TEXT NOT NULL CHECK (kind IN ('app', 'key', 'user')),
    -- A user's id; for a key the last generation of the secret that it ends; empty for an app.
    subject TEXT NOT NULL,
    -- Identities issued up to then are invalid.
    before INTEGER NOT NULL,
    -- Numbers an app's revocations in the order in which they were made.
    version INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL,
    -- Later than revoked_at if a previous secret stays valid until then.
    effective_at INTEGER NOT NULL,
    -- When the app's quota registry had it, which passes it on to all objects with connections.
    handed_over_at INTEGER,
    PRIMARY KEY (tenant_id, kind, subject)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX revocations_by_version ON revocations (tenant_id, version);
CREATE INDEX revocations_to_hand_over ON revocations (revoked_at) WHERE handed_over_at IS NULL;

-- Increases with every rotation of the secret. The previous secret is that of the generation before.
ALTER TABLE apps ADD COLUMN secret_generation INTEGER NOT NULL DEFAULT 1;

-- A rotation of an earlier release: the previous secret ends when it was to end.
INSERT INTO revocations (tenant_id, kind, subject, before, version, revoked_at, effective_at)
SELECT a.tenant_id, 'key', '0', coalesce(a.updated_at, a.created_at), 1, coalesce(a.updated_at, a.created_at), a.previous_secret_until
FROM apps AS a
WHERE a.previous_secret IS NOT NULL AND a.previous_secret_until IS NOT NULL;

-- Triggers, so that no path that changes an app can leave its revocation out.
CREATE TRIGGER apps_that_are_disabled_are_revoked AFTER UPDATE OF disabled_at ON apps
WHEN OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL
BEGIN
    INSERT INTO revocations (tenant_id, kind, subject, before, version, revoked_at, effective_at)
    VALUES (
        NEW.tenant_id, 'app', '', NEW.disabled_at,
        (SELECT coalesce(max(r.version), 0) + 1 FROM revocations AS r WHERE r.tenant_id = NEW.tenant_id),
        NEW.disabled_at, NEW.disabled_at
    )
    ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET
        before = max(before, excluded.before),
        version = excluded.version,
        revoked_at = excluded.revoked_at,
        effective_at = excluded.effective_at,
        handed_over_at = NULL;
END;

CREATE TRIGGER secrets_that_are_rotated_are_revoked AFTER UPDATE OF secret_generation ON apps
WHEN NEW.secret_generation > OLD.secret_generation
BEGIN
    INSERT INTO revocations (tenant_id, kind, subject, before, version, revoked_at, effective_at)
    VALUES (
        NEW.tenant_id, 'key', CAST(OLD.secret_generation AS TEXT), coalesce(NEW.updated_at, NEW.created_at),
        (SELECT coalesce(max(r.version), 0) + 1 FROM revocations AS r WHERE r.tenant_id = NEW.tenant_id),
        coalesce(NEW.updated_at, NEW.created_at),
        coalesce(NEW.previous_secret_until, NEW.updated_at, NEW.created_at)
    )
    ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET
        before = max(before, excluded.before),
        version = excluded.version,
        revoked_at = excluded.revoked_at,
        effective_at = excluded.effective_at,
        handed_over_at = NULL;
END;

CREATE TRIGGER previous_secrets_that_end_are_revoked AFTER UPDATE OF previous_secret ON apps
WHEN OLD.previous_secret IS NOT NULL AND NEW.previous_secret IS NULL AND NEW.secret_generation = OLD.secret_generation
BEGIN
    INSERT INTO revocations (tenant_id, kind, subject, before, version, revoked_at, effective_at)
    VALUES (
        NEW.tenant_id, 'key', CAST(NEW.secret_generation - 1 AS TEXT), coalesce(NEW.updated_at, NEW.created_at),
        (SELECT coalesce(max(r.version), 0) + 1 FROM revocations AS r WHERE r.tenant_id = NEW.tenant_id),
        coalesce(NEW.updated_at, NEW.created_at), coalesce(NEW.updated_at, NEW.created_at)
    )
    ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET
        before = max(before, excluded.before),
        version = excluded.version,
        revoked_at = excluded.revoked_at,
        effective_at = excluded.effective_at,
        handed_over_at = NULL
    WHERE revocations.effective_at > excluded.effective_at;
END;
