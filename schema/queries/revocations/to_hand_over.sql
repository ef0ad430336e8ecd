SELECT tenant_id, kind, subject, before, version, effective_at
FROM revocations
WHERE handed_over_at IS NULL AND revoked_at <= ?1
ORDER BY revoked_at LIMIT CAST(?2 AS INTEGER)
