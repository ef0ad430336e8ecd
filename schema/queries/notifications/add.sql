-- ?3: a JSON array of {id, user_id, kind, source, message_id, seq, actor_id, actor_name, at}. Skips those who are no members,
-- caused it themselves, have read the message, muted the conversation or the kind, or blocked who caused it, and mentions that the message
-- no longer has.
INSERT INTO notifications (
    tenant_id, user_id, id, kind, source, conversation_id, message_id, seq, actor_id, actor_name, created_at, updated_at
)
SELECT
    m.tenant_id,
    me.user_id,
    item.value ->> 'id',
    item.value ->> 'kind',
    item.value ->> 'source',
    m.conversation_id,
    m.id,
    m.seq,
    item.value ->> 'actor_id',
    item.value ->> 'actor_name',
    item.value ->> 'at',
    item.value ->> 'at'
FROM json_each(?3) AS item
CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value ->> 'seq'
CROSS JOIN members AS me ON me.conversation_id = m.conversation_id AND me.user_id = item.value ->> 'user_id'
LEFT JOIN notification_preferences AS p ON p.tenant_id = m.tenant_id AND p.user_id = me.user_id
WHERE
    m.tenant_id = ?1
    AND m.id = item.value ->> 'message_id'
    AND m.deleted_at IS NULL
    AND me.user_id <> item.value ->> 'actor_id'
    AND me.last_read_seq < m.seq
    AND (me.notify = 'all' OR (me.notify = 'mentions' AND item.value ->> 'kind' = 'mention'))
    AND item.value ->> 'at' >= coalesce(me.notifications_muted_until, 0)
    AND coalesce(p.kinds ->> ('$."' || (item.value ->> 'kind') || '".inbox'), true)
    AND (item.value ->> 'kind' <> 'mention' OR EXISTS (
        SELECT 1 FROM json_each(m.mentions) AS mention WHERE mention.value ->> 'user_id' = me.user_id
    ))
    AND NOT EXISTS (
        SELECT 1 FROM thread_readers AS t
        WHERE
            t.conversation_id = m.conversation_id
            AND t.user_id = me.user_id
            AND t.thread_id = m.thread_id
            AND t.last_read_seq >= m.seq
    )
    AND NOT EXISTS (
        SELECT 1 FROM blocks AS b
        WHERE b.tenant_id = m.tenant_id AND b.user_id = me.user_id AND b.blocked_id = item.value ->> 'actor_id'
    )
ON CONFLICT (tenant_id, user_id, kind, source) DO NOTHING
