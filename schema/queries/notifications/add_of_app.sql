-- ?2: a JSON array of user ids, of which unknown ones are skipped. The same key again changes the notification, which is
-- unread then, if it says something else.
INSERT INTO notifications (
    tenant_id, user_id, id, kind, source, title, body, url, data, created_at, updated_at
)
SELECT u.tenant_id, u.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10
FROM json_each(?2) AS item
CROSS JOIN users AS u ON u.tenant_id = ?1 AND u.id = item.value
LEFT JOIN notification_preferences AS p ON p.tenant_id = u.tenant_id AND p.user_id = u.id
WHERE coalesce(p.kinds ->> '$.app.inbox', true)
ON CONFLICT (tenant_id, user_id, kind, source) DO UPDATE SET
    title = excluded.title,
    body = excluded.body,
    url = excluded.url,
    data = excluded.data,
    updated_at = excluded.updated_at,
    read_at = NULL
WHERE
    (notifications.title, notifications.body, notifications.url, notifications.data)
    IS NOT (excluded.title, excluded.body, excluded.url, excluded.data)
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
