SELECT tenant_id, kind, subject, before, version, effective_at
FROM revocations
WHERE tenant_id = ?1 AND kind = 'user' AND subject = ?2
