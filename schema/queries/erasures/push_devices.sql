DELETE FROM push_devices
WHERE (tenant_id, user_id, endpoint) IN (
    SELECT x.tenant_id, x.user_id, x.endpoint
    FROM push_devices AS x
    WHERE x.tenant_id = ?1 AND x.user_id = ?2 AND x.created_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
