-- Of the messages ?3, a JSON array of ids, those that user ?2 may read now, in no order: the membership is part of the
-- look-up.
SELECT
    m.id,
    m.conversation_id,
    m.seq,
    m.sender_id,
    m.sender_name,
    m.type,
    CASE WHEN m.deleted_at IS NULL THEN m.body END AS body,
    m.metadata,
    m.parent_id,
    m.thread_id,
    m.thread_id IS NOT NULL AND m.in_channel = 1 AS also_in_channel,
    m.quote_id,
    m.mentions,
    m.attachments,
    m.client_msg_id,
    m.version,
    m.created_at,
    m.edited_at,
    m.deleted_at,
    m.updated_at,
    m.reactions,
    m.pinned_at,
    m.pinned_by,
    m.reply_count,
    m.last_reply_at,
    m.annotated_seq,
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
