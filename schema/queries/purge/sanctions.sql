DELETE FROM sanctions
WHERE (conversation_id, kind, user_id) IN (
    SELECT conversation_id, kind, user_id FROM sanctions
    WHERE until <= ?1
    ORDER BY until
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
