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
