DELETE FROM idempotency_keys
WHERE (tenant_id, user_id, key) IN (
    SELECT tenant_id, user_id, key FROM idempotency_keys
    WHERE created_at <= ?1
    ORDER BY created_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
