DELETE FROM notifications
WHERE (tenant_id, user_id, id) IN (
    SELECT x.tenant_id, x.user_id, x.id
    FROM notifications AS x
    WHERE x.tenant_id = ?1 AND x.user_id = ?2 AND x.created_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
