-- ?5: words, each of which has to begin a word of the name, as a JSON array.
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
FROM members AS me
CROSS JOIN rooms AS r ON r.conversation_id = me.conversation_id
CROSS JOIN conversations AS c ON c.id = r.conversation_id
WHERE
    me.tenant_id = ?1
    AND me.user_id = ?2
    AND r.tenant_id = ?1
    AND r.deleted_at IS NULL
    AND r.id < ?3
    AND (?4 IS NULL OR r.visibility = ?4)
    AND NOT EXISTS (
        SELECT 1 FROM json_each(?5) AS sought
        WHERE instr(char(31) || r.search_name, char(31) || sought.value) = 0
    )
ORDER BY r.id DESC
LIMIT CAST(?6 AS INTEGER)
