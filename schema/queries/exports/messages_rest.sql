-- Of conversation ?2, after position ?3.
FROM messages AS m
CROSS JOIN conversations AS c ON c.id = m.conversation_id
WHERE m.conversation_id = ?2 AND m.seq > ?3 AND c.tenant_id = ?1 AND c.deleted_at IS NULL
ORDER BY m.seq
LIMIT CAST(?4 AS INTEGER)
