DELETE FROM creations
WHERE (tenant_id, user_id, kind, minute) IN (
    SELECT tenant_id, user_id, kind, minute FROM creations
    WHERE minute <= ?1
    ORDER BY minute
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
