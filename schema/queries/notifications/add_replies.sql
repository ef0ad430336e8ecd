-- ?3: a JSON array of {id, seq, message_id}: replies in threads. Notifies those who follow the thread, at most ?4, unless they have
-- read the reply, muted the conversation or the kind, blocked the sender, or are mentioned in it.
INSERT INTO notifications (
    tenant_id, user_id, id, kind, source, conversation_id, message_id, seq, actor_id, actor_name, created_at, updated_at
)
SELECT
    m.tenant_id,
    me.user_id,
    item.value ->> 'id',
    'reply',
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
CROSS JOIN thread_readers AS t INDEXED BY thread_readers_by_thread ON t.thread_id = m.thread_id AND t.user_id <> m.sender_id
CROSS JOIN members AS me ON me.conversation_id = t.conversation_id AND me.user_id = t.user_id
LEFT JOIN notification_preferences AS p ON p.tenant_id = m.tenant_id AND p.user_id = me.user_id
WHERE
    m.tenant_id = ?1
    AND m.id = item.value ->> 'message_id'
    AND m.deleted_at IS NULL
    AND t.is_following = 1
    AND t.last_read_seq < m.seq
    AND me.notify = 'all'
    AND m.created_at >= coalesce(me.notifications_muted_until, 0)
    AND coalesce(p.kinds ->> '$.reply.inbox', true)
    AND NOT EXISTS (
        SELECT 1 FROM blocks AS b
        WHERE b.tenant_id = m.tenant_id AND b.user_id = me.user_id AND b.blocked_id = m.sender_id
    )
    AND NOT EXISTS (
        SELECT 1 FROM notifications AS n
        WHERE n.tenant_id = m.tenant_id AND n.user_id = me.user_id AND n.kind = 'mention' AND n.source = m.id
    )
LIMIT CAST(?4 AS INTEGER)
ON CONFLICT (tenant_id, user_id, kind, source) DO NOTHING
