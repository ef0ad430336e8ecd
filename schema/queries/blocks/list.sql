SELECT b.blocked_id AS user_id, u.name, u.avatar, b.created_at
FROM blocks AS b
CROSS JOIN users AS u ON u.tenant_id = b.tenant_id AND u.id = b.blocked_id
WHERE b.tenant_id = ?1 AND b.user_id = ?2 AND b.blocked_id > ?3
ORDER BY b.blocked_id
LIMIT CAST(?4 AS INTEGER)
