-- Of conversations after ?2.
FROM conversations AS c INDEXED BY conversations_by_tenant
CROSS JOIN members AS m ON m.conversation_id = c.id
WHERE c.tenant_id = ?1 AND c.id > ?2 AND c.deleted_at IS NULL
ORDER BY c.id, m.user_id
LIMIT CAST(?3 AS INTEGER)
