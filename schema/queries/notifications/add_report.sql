-- Notifications ?4 of the open report ?2 for at most ?3 of the room's moderators, but not for who reports or wrote the
-- message. One for each message, however many people report it.
INSERT INTO notifications (
    tenant_id, user_id, id, kind, source, conversation_id, message_id, seq, data, created_at, updated_at
)
SELECT
    m.tenant_id,
    me.user_id,
    ?4,
    'report',
    m.id,
    m.conversation_id,
    m.id,
    m.seq,
    json_object('report_id', o.id),
    o.created_at,
    o.created_at
FROM reports AS o
CROSS JOIN messages AS m ON m.id = o.message_id AND m.deleted_at IS NULL
CROSS JOIN members AS me INDEXED BY members_moderators
    ON me.conversation_id = m.conversation_id AND me.role <> 'member'
LEFT JOIN notification_preferences AS p ON p.tenant_id = m.tenant_id AND p.user_id = me.user_id
WHERE
    o.tenant_id = ?1
    AND o.id = ?2
    AND o.room_id IS NOT NULL
    AND o.resolved_at IS NULL
    AND me.user_id NOT IN (o.reported_by, o.sender_id)
    AND coalesce(p.kinds ->> '$.report.inbox', true)
ORDER BY me.user_id
LIMIT CAST(?3 AS INTEGER)
ON CONFLICT (tenant_id, user_id, kind, source) DO UPDATE SET
    data = excluded.data,
    updated_at = excluded.updated_at,
    read_at = NULL
WHERE notifications.updated_at < excluded.updated_at
RETURNING
    user_id,
    id,
    kind,
    conversation_id,
    actor_id,
    actor_name,
    (
        SELECT json_object(
            'id', m.id,
            'seq', m.seq,
            'sender_id', m.sender_id,
            'sender_name', m.sender_name,
            'type', m.type,
            'body', m.body,
            'parent_id', m.parent_id
        )
        FROM messages AS m
        WHERE m.id = notifications.message_id
    ) AS message,
    title,
    body,
    url,
    data,
    created_at,
    updated_at,
    read_at,
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
            d.tenant_id = notifications.tenant_id
            AND d.user_id = notifications.user_id
            AND d.expires_at > notifications.updated_at
            AND NOT EXISTS (
                SELECT 1 FROM members AS archiving
                WHERE
                    archiving.conversation_id = notifications.conversation_id
                    AND archiving.user_id = notifications.user_id
                    AND archiving.archived_at IS NOT NULL
            )
        HAVING count(*) > 0
    ) AS push
