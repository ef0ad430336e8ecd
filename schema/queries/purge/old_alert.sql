SELECT id
FROM alerts INDEXED BY alerts_by_end
WHERE tenant_id = ?1 AND closed_at < ?2 AND closed_at IS NOT NULL
ORDER BY closed_at
LIMIT 1
