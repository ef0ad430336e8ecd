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
FROM reports AS r
WHERE r.tenant_id = ?1 AND r.id < ?2 AND r.resolved_at IS NOT NULL
ORDER BY r.id DESC
LIMIT CAST(?3 AS INTEGER)
