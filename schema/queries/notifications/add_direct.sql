-- ?3: a JSON array of {id, seq, message_id}: messages of a direct conversation. Notifies the other person if they are away at
-- ?4, unless they have read the message, muted the conversation or the kind, blocked the sender, or are notified of the
-- message already.
INSERT INTO notifications (
    tenant_id, user_id, id, kind, source, conversation_id, message_id, seq, actor_id, actor_name, created_at, updated_at
)
SELECT
    m.tenant_id,
    me.user_id,
    item.value ->> 'id',
    'direct_message',
    m.id,
    m.conversation_id,
    m.id,
    m.seq,
    m.sender_id,
    m.sender_name,
    m.created_at,
    m.created_at
FROM json_each(?3) AS item
CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value ->> 'seq'
CROSS JOIN conversations AS c ON c.id = m.conversation_id AND c.type = 'dm'
CROSS JOIN json_each(c.dm_key) AS person ON person.value <> m.sender_id
CROSS JOIN members AS me ON me.conversation_id = m.conversation_id AND me.user_id = person.value
LEFT JOIN notification_preferences AS p ON p.tenant_id = m.tenant_id AND p.user_id = me.user_id
WHERE
    m.tenant_id = ?1
    AND m.id = item.value ->> 'message_id'
    AND m.deleted_at IS NULL
    AND me.last_read_seq < m.seq
    AND me.notify = 'all'
    AND m.created_at >= coalesce(me.notifications_muted_until, 0)
    AND coalesce(p.kinds ->> '$.direct_message.inbox', true)
    AND NOT EXISTS (
        SELECT 1 FROM presence AS online
        WHERE online.tenant_id = m.tenant_id AND online.user_id = me.user_id AND +online.online_until > ?4
    )
    AND NOT EXISTS (
        SELECT 1 FROM blocks AS b
        WHERE b.tenant_id = m.tenant_id AND b.user_id = me.user_id AND b.blocked_id = m.sender_id
    )
    AND NOT EXISTS (
        SELECT 1 FROM notifications AS n
        WHERE
            n.tenant_id = m.tenant_id
            AND n.user_id = me.user_id
            AND n.kind IN ('mention', 'reply')
            AND n.source = m.id
    )
ON CONFLICT (tenant_id, user_id, kind, source) DO NOTHING
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
