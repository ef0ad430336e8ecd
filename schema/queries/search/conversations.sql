SELECT id FROM conversations
WHERE tenant_id = ?1 AND id > ?2 AND deleted_at IS NULL
ORDER BY id
LIMIT CAST(?3 AS INTEGER)
