-- The oldest minute after ?4 in which something was counted.
SELECT c.minute
FROM creations AS c
WHERE c.tenant_id = ?1 AND c.user_id = ?2 AND c.kind = ?3 AND c.minute > ?4 AND c.count > 0
ORDER BY c.minute
LIMIT 1
