-- ?2: a JSON array of ids.
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
    m.client_msg_id,
    m.created_at,
    m.edited_at,
    m.deleted_at,
    m.updated_at
FROM json_each(?2) AS wanted
CROSS JOIN messages AS m ON m.id = wanted.value
CROSS JOIN conversations AS c ON c.id = m.conversation_id
WHERE c.tenant_id = ?1 AND c.deleted_at IS NULL
