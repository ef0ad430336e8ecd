-- ?3: a JSON array of user ids. A row if the person has blocked one of them, or one of them the person.
SELECT 1 AS is_blocked
FROM json_each(?3) AS other
WHERE
    EXISTS (SELECT 1 FROM blocks AS b WHERE b.tenant_id = ?1 AND b.user_id = ?2 AND b.blocked_id = other.value)
    OR EXISTS (SELECT 1 FROM blocks AS b WHERE b.tenant_id = ?1 AND b.user_id = other.value AND b.blocked_id = ?2)
LIMIT 1
