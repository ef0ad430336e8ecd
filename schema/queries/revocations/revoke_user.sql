INSERT INTO revocations (tenant_id, kind, subject, before, version, revoked_at, effective_at)
SELECT ?1, 'user', ?2, ?3, coalesce(max(r.version), 0) + 1, ?3, ?3
FROM revocations AS r
WHERE r.tenant_id = ?1
ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET
    before = max(before, excluded.before),
    version = excluded.version,
    revoked_at = excluded.revoked_at,
    effective_at = excluded.effective_at,
    handed_over_at = NULL
RETURNING tenant_id, kind, subject, before, version, effective_at
