-- Reactions to a message after position ?3 in the order in which they were made, with one emoji.
SELECT
    r.user_id,
    r.user_name AS name,
    r.emoji,
    r.reacted_seq,
    r.reacted_at
FROM messages AS m
CROSS JOIN conversations AS c ON c.id = m.conversation_id
CROSS JOIN reactions AS r INDEXED BY reactions_by_emoji ON r.conversation_id = m.conversation_id AND r.seq = m.seq
WHERE
    m.id = ?2
    AND c.tenant_id = ?1
    AND c.deleted_at IS NULL
    AND m.deleted_at IS NULL
    AND r.removed_at IS NULL
    AND r.reacted_seq > ?3
    AND r.emoji = ?5
ORDER BY r.reacted_seq
LIMIT CAST(?4 AS INTEGER)
