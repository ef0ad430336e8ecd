-- Of the messages ?3, a JSON array of ids, those that user ?2 may read now, in no order: the membership is part of the
-- look-up.
    CASE WHEN m.reactions IS NOT NULL THEN (
        SELECT json_group_array(r.emoji) FROM reactions AS r
        WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq AND r.user_id = ?2 AND r.removed_at IS NULL
    ) END AS own,
    c.type AS conversation_type,
    r.id AS room_id,
    r.name AS room_name
FROM json_each(?3) AS candidate
CROSS JOIN messages AS m ON m.id = candidate.value AND m.deleted_at IS NULL
CROSS JOIN members AS me ON me.conversation_id = m.conversation_id AND me.user_id = ?2
CROSS JOIN conversations AS c ON c.id = m.conversation_id AND c.deleted_at IS NULL
LEFT JOIN rooms AS r ON r.conversation_id = c.id
WHERE c.tenant_id = ?1
