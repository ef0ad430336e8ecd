-- The newest versions before ?3 of a message that is not deleted.
SELECT
    v.version,
    v.body,
    v.written_at
FROM messages AS m
CROSS JOIN conversations AS c ON c.id = m.conversation_id
CROSS JOIN message_versions AS v ON v.conversation_id = m.conversation_id AND v.seq = m.seq
WHERE m.id = ?2 AND c.tenant_id = ?1 AND c.deleted_at IS NULL AND m.deleted_at IS NULL AND v.version < ?3
ORDER BY v.version DESC
LIMIT CAST(?4 AS INTEGER)
