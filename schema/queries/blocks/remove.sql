DELETE FROM blocks
WHERE tenant_id = ?1 AND user_id = ?2 AND blocked_id = ?3
