-- Only what the person may read now: the membership is part of the look-up.
SELECT
    s.saved_at,
    m.id,
    m.conversation_id,
    m.seq,
    m.sender_id,
    m.sender_name,
    m.type,
    m.body,
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
    m.updated_at
FROM saved_messages AS s
CROSS JOIN messages AS m ON m.id = s.message_id AND m.deleted_at IS NULL
CROSS JOIN members AS me ON me.conversation_id = m.conversation_id AND me.user_id = s.user_id
CROSS JOIN conversations AS c ON c.id = m.conversation_id AND c.deleted_at IS NULL
WHERE s.tenant_id = ?1 AND s.user_id = ?2 AND (s.saved_at, s.message_id) < (?3, ?4)
ORDER BY s.saved_at DESC, s.message_id DESC
LIMIT CAST(?5 AS INTEGER)
