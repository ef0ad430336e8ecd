SELECT count FROM counters WHERE tenant_id = ?1 AND name = ?2
