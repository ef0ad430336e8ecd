DELETE FROM push_devices
WHERE (tenant_id, user_id, endpoint) IN (
    SELECT tenant_id, user_id, endpoint FROM push_devices
    WHERE expires_at <= ?1
    ORDER BY expires_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
