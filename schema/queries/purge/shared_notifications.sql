DELETE FROM shared_notifications
WHERE (conversation_id, seq) IN (
    SELECT conversation_id, seq FROM shared_notifications
    WHERE created_at <= ?1
    ORDER BY created_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
