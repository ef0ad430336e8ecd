SELECT u.tenant_id, u.id, u.name
FROM users AS u
WHERE u.fold_version < ?1
ORDER BY u.fold_version, u.tenant_id, u.id
LIMIT CAST(?2 AS INTEGER)
