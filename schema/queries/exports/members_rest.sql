-- Of conversation ?2, after user ?3.
FROM members AS m
CROSS JOIN conversations AS c ON c.id = m.conversation_id
WHERE m.conversation_id = ?2 AND m.user_id > ?3 AND c.tenant_id = ?1 AND c.deleted_at IS NULL
ORDER BY m.user_id
LIMIT CAST(?4 AS INTEGER)
