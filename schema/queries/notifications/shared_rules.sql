-- Whether member me finds shared notification r on their list; p: their preferences.
    AND r.actor_id <> me.user_id
    AND r.created_at >= me.joined_at
    AND r.created_at >= coalesce(me.notifications_muted_until, 0)
    AND me.notify <> 'none'
    AND coalesce(p.kinds ->> '$.mention.inbox', true)
    AND (
        r.online IS NULL
        OR EXISTS (SELECT 1 FROM json_each(r.online) AS person WHERE person.value = me.user_id)
    )
    AND NOT EXISTS (
        SELECT 1 FROM blocks AS b
        WHERE b.tenant_id = me.tenant_id AND b.user_id = me.user_id AND b.blocked_id = r.actor_id
    )
    AND NOT EXISTS (
        SELECT 1 FROM notifications AS own
        WHERE
            own.tenant_id = me.tenant_id
            AND own.user_id = me.user_id
            AND own.kind IN ('mention', 'reply', 'direct_message')
            AND own.source = r.message_id
    )
