FROM conversations AS c
LEFT JOIN rooms AS r ON r.conversation_id = c.id
WHERE c.tenant_id = ?1 AND c.id > ?2 AND c.deleted_at IS NULL
ORDER BY c.id
LIMIT CAST(?3 AS INTEGER)
