DELETE FROM notification_preferences
WHERE (tenant_id, user_id) IN (
    SELECT x.tenant_id, x.user_id
    FROM notification_preferences AS x
    WHERE x.tenant_id = ?1 AND x.user_id = ?2 AND x.updated_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
