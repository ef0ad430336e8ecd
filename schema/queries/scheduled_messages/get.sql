WHERE s.id = ?3 AND s.tenant_id = ?1 AND s.user_id = ?2
