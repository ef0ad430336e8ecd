-- Replies in the thread of message ?6.
FROM conversations AS c
CROSS JOIN messages AS m INDEXED BY messages_by_thread ON m.thread_id = ?6
WHERE c.tenant_id = ?1 AND c.id = ?2 AND c.deleted_at IS NULL AND m.conversation_id = c.id AND m.seq > ?3
ORDER BY m.seq
LIMIT CAST(?4 AS INTEGER)
