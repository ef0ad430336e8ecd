SELECT 1 AS is_there
FROM notifications
WHERE tenant_id = ?1 AND user_id = ?2 AND id = ?3
