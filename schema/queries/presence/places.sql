-- Sources of a person's leases that have not expired.
SELECT p.source
FROM presence AS p
WHERE p.tenant_id = ?1 AND p.user_id = ?2 AND +p.online_until > ?3
LIMIT CAST(?4 AS INTEGER)
