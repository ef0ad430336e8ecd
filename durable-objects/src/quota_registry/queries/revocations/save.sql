INSERT INTO revocations (kind, subject, before, version, effective_at, is_listed)
VALUES (?1, ?2, ?3, ?4, ?5, 0)
ON CONFLICT (kind, subject) DO UPDATE SET
    before = excluded.before,
    version = excluded.version,
    effective_at = excluded.effective_at,
    is_listed = 0
WHERE excluded.version > revocations.version
