SELECT 1 AS kept FROM cached_channels WHERE tenant_id = ?1 AND channel = ?2 AND kept_until > ?3
