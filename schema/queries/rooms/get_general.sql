SELECT
    r.id,
    r.conversation_id,
    r.name,
    r.description,
    r.visibility,
    r.post,
    r.slow_mode_s,
    r.is_general,
    r.created_by,
    c.member_count,
    me.role,
    r.created_at,
    r.updated_at
FROM rooms AS r
CROSS JOIN conversations AS c ON c.id = r.conversation_id
LEFT JOIN members AS me ON me.conversation_id = r.conversation_id AND me.user_id = ?2
WHERE r.tenant_id = ?1 AND r.is_general = 1
