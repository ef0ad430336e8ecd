SELECT tenant_id FROM apps WHERE tenant_id > ?1 ORDER BY tenant_id LIMIT CAST(?2 AS INTEGER)
