DELETE FROM idempotency_keys
WHERE (tenant_id, user_id, key) IN (
    SELECT x.tenant_id, x.user_id, x.key
    FROM idempotency_keys AS x
    WHERE x.tenant_id = ?1 AND x.user_id = ?2 AND x.begun_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
