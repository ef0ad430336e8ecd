-- Reports of messages in the rooms that ?4 moderates. ?5: only open or only resolved ones; NULL for both.
SELECT
    r.id,
    r.conversation_id,
    r.room_id,
    r.message_id,
    r.sender_id,
    r.reported_by,
    r.reason,
    r.note,
    CASE WHEN r.resolved_at IS NULL THEN 'open' ELSE 'resolved' END AS status,
    CASE WHEN r.resolved_at IS NOT NULL THEN r.action END AS action,
    r.resolved_by,
    r.resolution_note,
    r.created_at,
    r.resolved_at
FROM members AS me
CROSS JOIN rooms AS place ON place.conversation_id = me.conversation_id
CROSS JOIN reports AS r ON r.conversation_id = me.conversation_id
WHERE
    me.tenant_id = ?1
    AND me.user_id = ?4
    AND me.role IN ('moderator', 'owner')
    AND place.tenant_id = ?1
    AND place.deleted_at IS NULL
    AND r.tenant_id = ?1
    AND r.id < ?2
    AND (?5 IS NULL OR (r.resolved_at IS NULL) = (?5 = 'open'))
ORDER BY r.id DESC
LIMIT CAST(?3 AS INTEGER)
