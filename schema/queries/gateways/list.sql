SELECT name FROM gateways WHERE tenant_id = ?1 ORDER BY name LIMIT CAST(?2 AS INTEGER)
