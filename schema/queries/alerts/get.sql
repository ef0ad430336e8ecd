SELECT body
FROM alerts
WHERE tenant_id = ?1 AND id = ?2
