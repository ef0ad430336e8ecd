SELECT body
FROM alert_views INDEXED BY alert_views_open
WHERE tenant_id = ?1 AND closed_at IS NULL AND created_at >= 0
ORDER BY created_at DESC, id DESC
LIMIT CAST(?2 AS INTEGER)
