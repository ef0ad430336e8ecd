    m.ordinal,
    m.uncounted,
    m.updated_seq
FROM messages AS m
CROSS JOIN conversations AS c ON c.id = m.conversation_id
WHERE m.id = ?2 AND c.tenant_id = ?1 AND c.deleted_at IS NULL
