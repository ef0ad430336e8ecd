FROM conversations AS c
LEFT JOIN rooms AS r ON r.conversation_id = c.id
LEFT JOIN members AS me ON me.conversation_id = c.id AND me.user_id = ?3
WHERE c.tenant_id = ?1 AND c.dm_key = ?2 AND c.deleted_at IS NULL
