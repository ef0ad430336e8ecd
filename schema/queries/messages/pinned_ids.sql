SELECT m.id FROM messages AS m INDEXED BY messages_pinned
WHERE m.conversation_id = ?2 AND m.tenant_id = ?1 AND m.pinned_at IS NOT NULL
LIMIT CAST(?3 AS INTEGER)
