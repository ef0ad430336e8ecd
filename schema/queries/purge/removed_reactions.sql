DELETE FROM reactions
WHERE (conversation_id, seq, user_id, emoji) IN (
    SELECT conversation_id, seq, user_id, emoji FROM reactions
    WHERE removed_at <= ?1
    ORDER BY removed_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
