DELETE FROM sanctions
WHERE tenant_id = ?1 AND conversation_id = ?2 AND kind = ?3 AND user_id = ?4
RETURNING user_id
