-- Reads at most ?5 notifications, the newest first.
UPDATE notifications SET read_at = ?4
WHERE (tenant_id, user_id, id) IN (
    SELECT n.tenant_id, n.user_id, n.id
    FROM notifications AS n INDEXED BY notifications_unread
    WHERE n.tenant_id = ?1 AND n.user_id = ?2 AND n.id <= ?3 AND n.read_at IS NULL
    ORDER BY n.id DESC
    LIMIT CAST(?5 AS INTEGER)
)
RETURNING 1 AS is_read
