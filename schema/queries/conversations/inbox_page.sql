-- ?6 and ?7: only those that are favorites, or archived; NULL for any.
-- Selects the page from the memberships of the user first, so that the costly columns are computed for its rows only.
WITH page AS MATERIALIZED (
    SELECT c.id, coalesce(c.last_message_at, c.created_at) AS activity
    FROM members AS mine
    CROSS JOIN conversations AS c ON c.id = mine.conversation_id
    WHERE
        mine.tenant_id = ?1
        AND mine.user_id = ?3
        AND c.tenant_id = ?1
        AND c.deleted_at IS NULL
        AND (?6 IS NULL OR mine.favorite = ?6)
        AND (?7 IS NULL OR (mine.archived_at IS NOT NULL) = ?7)
        AND (coalesce(c.last_message_at, c.created_at), c.id) < (?2, ?4)
    ORDER BY activity DESC, c.id DESC
    LIMIT CAST(?5 AS INTEGER)
)
