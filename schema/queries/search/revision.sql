SELECT memberships_rev FROM users
WHERE tenant_id = ?1 AND id = ?2
