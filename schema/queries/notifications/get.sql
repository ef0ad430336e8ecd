SELECT
    n.id,
    n.kind,
    n.conversation_id,
    n.actor_id,
    n.actor_name,
    CASE WHEN m.id IS NOT NULL THEN json_object(
        'id', m.id,
        'seq', m.seq,
        'sender_id', m.sender_id,
        'sender_name', m.sender_name,
        'type', m.type,
        'body', m.body,
        'parent_id', m.parent_id
    ) END AS message,
    n.title,
    n.body,
    n.url,
    n.data,
    n.created_at,
    n.updated_at,
    n.read_at
FROM notifications AS n
LEFT JOIN messages AS m ON m.id = n.message_id AND m.deleted_at IS NULL
WHERE n.tenant_id = ?1 AND n.user_id = ?2 AND n.kind = ?3 AND n.source = ?4
