SELECT
    n.user_id,
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
    n.read_at,
    (
        SELECT json_object(
            'kinds', json(coalesce(max(p.kinds), '{}')),
            'do_not_disturb', json(max(p.do_not_disturb)),
            'devices', json_group_array(json_object(
                'endpoint', d.endpoint, 'keys', json_object('p256dh', d.p256dh, 'auth', d.auth)
            ))
        )
        FROM push_devices AS d
        LEFT JOIN notification_preferences AS p ON p.tenant_id = d.tenant_id AND p.user_id = d.user_id
        WHERE
            d.tenant_id = n.tenant_id
            AND d.user_id = n.user_id
            AND d.expires_at > n.updated_at
            AND NOT EXISTS (
                SELECT 1 FROM members AS archiving
                WHERE
                    archiving.conversation_id = n.conversation_id
                    AND archiving.user_id = n.user_id
                    AND archiving.archived_at IS NOT NULL
            )
        HAVING count(*) > 0
    ) AS push
FROM notifications AS n
LEFT JOIN messages AS m ON m.id = n.message_id AND m.deleted_at IS NULL
WHERE n.tenant_id = ?1 AND n.user_id = ?2 AND n.kind = ?3 AND n.source = ?4
