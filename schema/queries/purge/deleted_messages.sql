DELETE FROM messages
WHERE (conversation_id, seq) IN (
    SELECT conversation_id, seq FROM messages
    WHERE deleted_at <= ?1
    ORDER BY deleted_at, conversation_id, seq
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
