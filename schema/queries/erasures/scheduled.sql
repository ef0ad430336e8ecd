DELETE FROM scheduled_messages
WHERE (id) IN (
    SELECT x.id
    FROM scheduled_messages AS x
    WHERE x.tenant_id = ?1 AND x.user_id = ?2 AND x.created_at <= ?3 AND x.status <> 'pending'
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
