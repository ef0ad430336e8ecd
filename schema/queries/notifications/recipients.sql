-- The page of at most ?6 members after ?4: those who find shared notification ?3 of conversation ?2 on their list, unread, and whose own
-- channel (?7) is open at ?5, or who have devices. Nothing is pushed to those who have the conversation open or archived.
WITH page AS MATERIALIZED (
    SELECT m.conversation_id, m.user_id
    FROM members AS m
    WHERE m.conversation_id = ?2 AND m.user_id > ?4
    ORDER BY m.user_id
    LIMIT CAST(?6 AS INTEGER)
)
SELECT
    me.user_id,
    r.id,
    'mention' AS kind,
    r.conversation_id,
    r.actor_id,
    r.actor_name,
    json_object(
        'id', m.id,
        'seq', m.seq,
        'sender_id', m.sender_id,
        'sender_name', m.sender_name,
        'type', m.type,
        'body', m.body,
        'parent_id', m.parent_id
    ) AS message,
    NULL AS title,
    NULL AS body,
    NULL AS url,
    json_object('mention', r.mention) AS data,
    r.created_at,
    r.updated_at,
    NULL AS read_at,
    EXISTS (
        SELECT 1 FROM presence AS here
        WHERE
            here.tenant_id = me.tenant_id
            AND here.user_id = me.user_id
            AND here.source = ?7
            AND here.online_until > ?5
    ) AS is_online,
    (
        SELECT json_object(
            'kinds', json(coalesce(p.kinds, '{}')),
            'do_not_disturb', json(p.do_not_disturb),
            'devices', json_group_array(json_object(
                'endpoint', d.endpoint, 'keys', json_object('p256dh', d.p256dh, 'auth', d.auth)
            ))
        )
        FROM push_devices AS d
        WHERE
            d.tenant_id = me.tenant_id
            AND d.user_id = me.user_id
            AND d.expires_at > ?5
            AND me.archived_at IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM presence AS looking
                WHERE
                    looking.tenant_id = me.tenant_id
                    AND looking.user_id = me.user_id
                    AND looking.source = 'conversation:' || me.conversation_id
                    AND looking.online_until > ?5
            )
        HAVING count(*) > 0
    ) AS push
FROM page
CROSS JOIN members AS me ON me.conversation_id = page.conversation_id AND me.user_id = page.user_id
CROSS JOIN conversations AS c ON c.id = me.conversation_id AND c.deleted_at IS NULL
CROSS JOIN shared_notifications AS r ON r.conversation_id = me.conversation_id AND r.seq = ?3
CROSS JOIN messages AS m ON m.id = r.message_id AND m.deleted_at IS NULL
LEFT JOIN notification_preferences AS p ON p.tenant_id = me.tenant_id AND p.user_id = me.user_id
WHERE
    r.tenant_id = ?1
    AND me.tenant_id = ?1
    AND me.last_read_seq < r.seq
