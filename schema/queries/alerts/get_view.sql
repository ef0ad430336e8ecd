SELECT body
FROM alert_views
WHERE tenant_id = ?1 AND id = ?2
