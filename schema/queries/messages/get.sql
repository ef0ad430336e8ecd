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
    m.updated_at
FROM messages AS m
CROSS JOIN conversations AS c ON c.id = m.conversation_id
WHERE m.id = ?2 AND c.tenant_id = ?1 AND c.deleted_at IS NULL
