SELECT 1 AS is_there
FROM notifications AS n
WHERE n.tenant_id = ?1 AND n.user_id = ?2 AND n.id = ?3
UNION ALL
SELECT 1 AS is_there
FROM shared AS s
WHERE s.id = ?3
