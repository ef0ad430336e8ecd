-- Those that user ?4 is a member of.
FROM members AS me INDEXED BY members_by_user
CROSS JOIN conversations AS c ON c.id = me.conversation_id
LEFT JOIN rooms AS r ON r.conversation_id = c.id
WHERE me.tenant_id = ?1 AND me.user_id = ?4 AND me.conversation_id > ?2 AND c.deleted_at IS NULL
ORDER BY me.conversation_id
LIMIT CAST(?3 AS INTEGER)
