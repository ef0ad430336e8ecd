SELECT r.kind, r.subject, r.before, r.version, r.effective_at, l.kind
FROM revocation_receivers AS w
INNER JOIN revocations AS r ON r.kind = w.kind AND r.subject = w.subject
INNER JOIN leases AS l ON l.source = w.source
WHERE w.source = ?1 LIMIT CAST(?2 AS INTEGER)
