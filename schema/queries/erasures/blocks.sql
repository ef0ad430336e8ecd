DELETE FROM blocks
WHERE (tenant_id, user_id, blocked_id) IN (
    SELECT x.tenant_id, x.user_id, x.blocked_id
    FROM blocks AS x
    WHERE x.tenant_id = ?1 AND x.user_id = ?2 AND x.created_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
