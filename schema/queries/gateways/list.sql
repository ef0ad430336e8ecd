SELECT name FROM gateways WHERE tenant_id = ?1 ORDER BY name LIMIT ?2
