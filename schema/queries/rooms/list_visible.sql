-- Public rooms in index order, merged with the private rooms of the viewer.
-- ?5: words, each of which has to begin a word of the name, as a JSON array.
WITH page AS MATERIALIZED (
    SELECT r.id
    FROM rooms AS r
    WHERE
        r.tenant_id = ?1
        AND r.visibility = 'public'
        AND r.deleted_at IS NULL
        AND r.id < ?3
        AND (?4 IS NULL OR r.visibility = ?4)
        AND NOT EXISTS (
            SELECT 1 FROM json_each(?5) AS sought
            WHERE instr(char(31) || r.search_name, char(31) || sought.value) = 0
        )
    UNION ALL
    SELECT r.id
    FROM members AS mine
    CROSS JOIN rooms AS r ON r.conversation_id = mine.conversation_id
    WHERE
        mine.tenant_id = ?1
        AND mine.user_id = ?2
        AND r.tenant_id = ?1
        AND r.visibility = 'private'
        AND r.deleted_at IS NULL
        AND r.id < ?3
        AND (?4 IS NULL OR r.visibility = ?4)
        AND NOT EXISTS (
            SELECT 1 FROM json_each(?5) AS sought
            WHERE instr(char(31) || r.search_name, char(31) || sought.value) = 0
        )
    ORDER BY 1 DESC
    LIMIT CAST(?6 AS INTEGER)
)
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
FROM page
CROSS JOIN rooms AS r ON r.id = page.id
CROSS JOIN conversations AS c ON c.id = r.conversation_id
LEFT JOIN members AS me ON me.conversation_id = r.conversation_id AND me.user_id = ?2
ORDER BY page.id DESC
