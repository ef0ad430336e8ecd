-- Notifications ?4 of the open report ?2 for at most ?3 of the room's moderators, but not for who reports or wrote the
-- message. One for each message, however many people report it.
INSERT INTO notifications (
    tenant_id, user_id, id, kind, source, conversation_id, message_id, seq, data, created_at, updated_at
)
SELECT
    m.tenant_id,
    me.user_id,
    ?4,
    'report',
    m.id,
    m.conversation_id,
    m.id,
    m.seq,
    json_object('report_id', o.id),
    o.created_at,
    o.created_at
FROM reports AS o
CROSS JOIN messages AS m ON m.id = o.message_id AND m.deleted_at IS NULL
CROSS JOIN members AS me INDEXED BY members_moderators
    ON me.conversation_id = m.conversation_id AND me.role <> 'member'
LEFT JOIN notification_preferences AS p ON p.tenant_id = m.tenant_id AND p.user_id = me.user_id
WHERE
    o.tenant_id = ?1
    AND o.id = ?2
    AND o.room_id IS NOT NULL
    AND o.resolved_at IS NULL
    AND me.user_id NOT IN (o.reported_by, o.sender_id)
    AND coalesce(p.kinds ->> '$.report.inbox', true)
ORDER BY me.user_id
LIMIT CAST(?3 AS INTEGER)
ON CONFLICT (tenant_id, user_id, kind, source) DO UPDATE SET
    data = excluded.data,
    updated_at = excluded.updated_at,
    read_at = NULL
WHERE notifications.updated_at < excluded.updated_at
