UPDATE notifications SET read_at = ?4
WHERE tenant_id = ?1 AND user_id = ?2 AND id = ?3 AND read_at IS NULL
RETURNING 1 AS is_read
