DELETE FROM room_invites
WHERE id IN (
    SELECT id FROM room_invites
    WHERE over_at <= ?1
    ORDER BY over_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
