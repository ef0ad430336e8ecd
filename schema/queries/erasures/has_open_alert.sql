SELECT 1 AS open
FROM alerts AS a INDEXED BY alerts_by_user
WHERE a.tenant_id = ?1 AND a.user_id = ?2 AND a.created_at <= ?3 AND a.closed_at IS NULL
LIMIT 1
