DELETE FROM notifications
WHERE (tenant_id, user_id, id) IN (
    SELECT tenant_id, user_id, id FROM notifications
    WHERE updated_at <= ?1
    ORDER BY updated_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
