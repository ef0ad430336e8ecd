-- Messages of a conversation after a position, deleted ones too: they say how far the page reaches.
SELECT
    m.id,
    m.conversation_id,
    m.seq,
    m.sender_id,
    m.sender_name,
    m.type,
    CASE WHEN m.deleted_at IS NULL THEN m.body END AS body,
    NULL AS metadata,
    m.parent_id,
    m.thread_id,
    m.thread_id IS NOT NULL AND m.in_channel = 1 AS also_in_channel,
    m.quote_id,
    NULL AS mentions,
    m.attachments,
    m.client_msg_id,
    m.version,
    m.created_at,
    m.edited_at,
    m.deleted_at,
    m.updated_at,
    m.ordinal,
    m.uncounted,
    m.updated_seq
FROM conversations AS c
CROSS JOIN messages AS m ON m.conversation_id = c.id
WHERE c.tenant_id = ?1 AND c.id = ?2 AND c.deleted_at IS NULL AND m.seq > ?3
ORDER BY m.seq
LIMIT CAST(?4 AS INTEGER)
