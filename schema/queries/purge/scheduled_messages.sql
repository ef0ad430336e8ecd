DELETE FROM scheduled_messages
WHERE id IN (
    SELECT s.id FROM scheduled_messages AS s
    WHERE s.ended_at <= ?1
    ORDER BY s.ended_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
