FROM users AS u
WHERE u.tenant_id = ?1 AND u.id = ?2
