-- Those that user ?5 wrote, after position ?3 of conversation ?2.
FROM messages AS m INDEXED BY messages_by_sender
CROSS JOIN conversations AS c ON c.id = m.conversation_id
WHERE m.tenant_id = ?1 AND m.sender_id = ?5 AND (m.conversation_id, m.seq) > (?2, ?3) AND c.deleted_at IS NULL
ORDER BY m.conversation_id, m.seq
LIMIT CAST(?4 AS INTEGER)
