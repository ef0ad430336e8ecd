-- What a statement that writes notifications returns: the notification, its message as it is now, and the devices to push it to with
-- their person's preferences, NULL without devices or if the person has archived the conversation. A report is written for moderators who
-- muted the conversation or have it open too, but not pushed to them.
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
            AND NOT (notifications.kind = 'report' AND EXISTS (
                SELECT 1 FROM members AS muting
                WHERE
                    muting.conversation_id = notifications.conversation_id
                    AND muting.user_id = notifications.user_id
                    AND (muting.notify = 'none' OR muting.notifications_muted_until > notifications.updated_at)
            ))
            AND NOT (notifications.kind = 'report' AND EXISTS (
                SELECT 1 FROM presence AS looking
                WHERE
                    looking.tenant_id = notifications.tenant_id
                    AND looking.user_id = notifications.user_id
                    AND looking.source = 'conversation:' || notifications.conversation_id
                    AND looking.online_until > notifications.updated_at
            ))
        HAVING count(*) > 0
    ) AS push
