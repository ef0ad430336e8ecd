-- Annotations of a message, of which a deleted one has its thread only, and the emoji with which user ?4 reacted.
SELECT
    m.reactions,
    m.pinned_at,
    m.pinned_by,
    m.reply_count,
    m.last_reply_at,
    (
        SELECT json_group_array(r.emoji) FROM reactions AS r
        WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq AND r.user_id = ?4 AND r.removed_at IS NULL
    ) AS own
FROM messages AS m
WHERE m.id = ?3 AND m.conversation_id = ?2 AND m.tenant_id = ?1
