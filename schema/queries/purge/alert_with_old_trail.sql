SELECT id
FROM alerts INDEXED BY alerts_with_trail
WHERE tenant_id = ?1 AND has_trail = 1 AND closed_at < ?2 AND closed_at IS NOT NULL
ORDER BY closed_at
LIMIT 1
