FROM users AS u
WHERE u.tenant_id = ?1 AND u.id > ?2
ORDER BY u.id
LIMIT CAST(?3 AS INTEGER)
