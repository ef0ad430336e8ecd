-- ?2: a JSON array of {id, scheduled_id}. Notifies the authors of scheduled messages that failed, unless they do not want it. The
-- author may be no member any more, so the row is not of the conversation.
INSERT INTO notifications (tenant_id, user_id, id, kind, source, data, created_at, updated_at)
SELECT
    s.tenant_id,
    s.user_id,
    item.value ->> 'id',
    'scheduled_failed',
    s.id,
    json_object('scheduled_id', s.id, 'conversation_id', s.conversation_id, 'problem', s.problem),
    s.ended_at,
    s.ended_at
FROM json_each(?2) AS item
CROSS JOIN scheduled_messages AS s ON s.id = item.value ->> 'scheduled_id'
LEFT JOIN notification_preferences AS p ON p.tenant_id = s.tenant_id AND p.user_id = s.user_id
WHERE
    s.tenant_id = ?1
    AND s.status = 'failed'
    AND coalesce(p.kinds ->> '$.scheduled_failed.inbox', true)
ON CONFLICT (tenant_id, user_id, kind, source) DO NOTHING
