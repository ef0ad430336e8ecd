-- Only what the person may read now, and invites and reports that are open. ?4: the present time.
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
WHERE
    n.tenant_id = ?1
    AND n.user_id = ?2
    AND n.id < ?3
    AND (n.message_id IS NULL OR m.id IS NOT NULL)
    AND (n.conversation_id IS NULL OR EXISTS (
        SELECT 1
        FROM members AS me
        CROSS JOIN conversations AS c ON c.id = me.conversation_id AND c.deleted_at IS NULL
        WHERE me.conversation_id = n.conversation_id AND me.user_id = n.user_id
    ))
    AND (n.kind <> 'invite' OR EXISTS (
        SELECT 1
        FROM room_invites AS i
        CROSS JOIN rooms AS r ON r.id = i.room_id AND r.deleted_at IS NULL
        WHERE i.id = n.source AND (i.over_at IS NULL OR i.over_at > ?4)
    ))
    AND (n.kind <> 'report' OR EXISTS (
        SELECT 1
        FROM members AS me
        WHERE me.conversation_id = n.conversation_id AND me.user_id = n.user_id AND me.role <> 'member'
    ))
    AND (n.kind <> 'report' OR EXISTS (
        SELECT 1
        FROM reports AS o
        WHERE o.tenant_id = n.tenant_id AND o.message_id = n.source AND o.resolved_at IS NULL
    ))
ORDER BY n.id DESC
LIMIT CAST(?5 AS INTEGER)
