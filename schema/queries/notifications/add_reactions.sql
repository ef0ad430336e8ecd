-- ?3: a JSON array of {id, source, seq, message_id, user_id, user_name, emoji, reacted_seq, at}. Notifies authors who want
-- it of reactions as the record has them. A later reaction of the same person takes the place of an earlier one.
INSERT INTO notifications (
    tenant_id,
    user_id,
    id,
    kind,
    source,
    conversation_id,
    message_id,
    seq,
    actor_id,
    actor_name,
    data,
    created_at,
    updated_at
)
SELECT
    m.tenant_id,
    me.user_id,
    item.value ->> 'id',
    'reaction',
    item.value ->> 'source',
    m.conversation_id,
    m.id,
    m.seq,
    r.user_id,
    r.user_name,
    json_object('emoji', r.emoji),
    r.reacted_at,
    r.reacted_at
FROM json_each(?3) AS item
CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value ->> 'seq'
CROSS JOIN reactions AS r
    ON
        r.conversation_id = m.conversation_id
        AND r.seq = m.seq
        AND r.user_id = item.value ->> 'user_id'
        AND r.emoji = item.value ->> 'emoji'
CROSS JOIN members AS me ON me.conversation_id = m.conversation_id AND me.user_id = m.sender_id
CROSS JOIN notification_preferences AS p ON p.tenant_id = m.tenant_id AND p.user_id = me.user_id
WHERE
    m.tenant_id = ?1
    AND m.id = item.value ->> 'message_id'
    AND m.deleted_at IS NULL
    AND r.removed_at IS NULL
    AND r.reacted_seq = item.value ->> 'reacted_seq'
    AND r.user_id <> me.user_id
    AND me.notify = 'all'
    AND r.reacted_at >= coalesce(me.notifications_muted_until, 0)
    AND p.kinds ->> '$.reaction.inbox'
    AND NOT EXISTS (
        SELECT 1 FROM blocks AS b
        WHERE b.tenant_id = m.tenant_id AND b.user_id = me.user_id AND b.blocked_id = r.user_id
    )
ON CONFLICT (tenant_id, user_id, kind, source) DO UPDATE SET
    actor_name = excluded.actor_name,
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
