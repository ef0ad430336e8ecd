-- A row if one person of a direct conversation has blocked the other.
SELECT 1 AS is_blocked
FROM conversations AS c
CROSS JOIN json_each(c.dm_key) AS person
CROSS JOIN json_each(c.dm_key) AS other
CROSS JOIN blocks AS b ON b.tenant_id = c.tenant_id AND b.user_id = person.value AND b.blocked_id = other.value
WHERE c.tenant_id = ?1 AND c.id = ?2 AND c.type = 'dm'
LIMIT 1
