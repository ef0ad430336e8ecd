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
