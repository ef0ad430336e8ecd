-- Pinned messages as user ?3 sees them, newest pin first, before the pin at ?4 of the message at ?5.
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
