-- ?1 as in refold_forget.sql. The INSERT always conflicts: an UPDATE would scan all users.
INSERT INTO users (tenant_id, id, name, search_name, created_at, fold_version)
SELECT u.tenant_id, u.id, u.name, item.value ->> 3, u.created_at, ?2
FROM json_each(?1) AS item
CROSS JOIN users AS u ON u.tenant_id = item.value ->> 0 AND u.id = item.value ->> 1
WHERE u.name = item.value ->> 2
ON CONFLICT (tenant_id, id) DO UPDATE SET
    search_name = excluded.search_name,
    fold_version = excluded.fold_version
