-- Without replies that are shown in their thread only.
FROM conversations AS c
CROSS JOIN messages AS m INDEXED BY messages_in_channel ON m.conversation_id = c.id
WHERE c.tenant_id = ?1 AND c.id = ?2 AND c.deleted_at IS NULL AND m.in_channel = 1 AND m.seq > ?3
ORDER BY m.seq
LIMIT CAST(?4 AS INTEGER)
