-- Pinned messages as user ?3 sees them, newest pin first, before the pin at ?4 of the message at ?5.
    CASE WHEN m.reactions IS NOT NULL THEN (
        SELECT json_group_array(r.emoji) FROM reactions AS r
        WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq AND r.user_id = ?3 AND r.removed_at IS NULL
    ) END AS own
FROM conversations AS c
CROSS JOIN messages AS m INDEXED BY messages_pinned ON m.conversation_id = c.id
WHERE
    c.tenant_id = ?1
    AND c.id = ?2
    AND c.deleted_at IS NULL
    AND m.pinned_at IS NOT NULL
    AND (m.pinned_at, m.seq) < (?4, ?5)
ORDER BY m.pinned_at DESC, m.seq DESC
LIMIT CAST(?6 AS INTEGER)
