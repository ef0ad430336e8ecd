SELECT conversation_id FROM members
WHERE tenant_id = ?1 AND user_id = ?2 AND conversation_id > ?3
ORDER BY conversation_id
LIMIT CAST(?4 AS INTEGER)
