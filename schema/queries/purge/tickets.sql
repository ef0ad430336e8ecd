DELETE FROM tickets
WHERE ticket_hash IN (
    SELECT ticket_hash FROM tickets
    WHERE expires_at <= ?1
    ORDER BY expires_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
