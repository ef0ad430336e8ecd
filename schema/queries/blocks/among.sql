-- ?3: a JSON array of user ids. Returns those that the person has blocked.
SELECT b.blocked_id
FROM json_each(?3) AS sought
CROSS JOIN blocks AS b ON b.tenant_id = ?1 AND b.user_id = ?2 AND b.blocked_id = sought.value
