SELECT kind, subject, before, version, effective_at
FROM revocations WHERE is_listed = 0 AND effective_at <= ?1 ORDER BY effective_at LIMIT CAST(?2 AS INTEGER)
