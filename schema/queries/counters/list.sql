SELECT tenant_id, name, count FROM counters
WHERE tenant_id IN (?1, ?2)
