DELETE FROM saved_messages
WHERE (tenant_id, user_id, message_id) IN (
    SELECT x.tenant_id, x.user_id, x.message_id
    FROM saved_messages AS x
    WHERE x.tenant_id = ?1 AND x.user_id = ?2 AND x.saved_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
