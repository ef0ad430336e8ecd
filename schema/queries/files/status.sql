SELECT status FROM files WHERE id = ?2 AND tenant_id = ?1 AND status IN ('scanning', 'ready', 'refused')
