SELECT
    c.id,
    c.type,
    r.id AS room_id,
    r.visibility,
    r.post,
    r.slow_mode_s,
    c.member_count,
    c.last_seq,
    c.message_count,
    c.uncounted_count
FROM conversations AS c
LEFT JOIN rooms AS r ON r.conversation_id = c.id
WHERE c.tenant_id = ?1 AND c.id = ?2 AND c.deleted_at IS NULL
