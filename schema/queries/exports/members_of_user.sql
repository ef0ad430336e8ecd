-- The memberships of user ?4, of conversations after ?2.
FROM members AS m INDEXED BY members_by_user
CROSS JOIN conversations AS c ON c.id = m.conversation_id
WHERE m.tenant_id = ?1 AND m.user_id = ?4 AND m.conversation_id > ?2 AND c.deleted_at IS NULL
ORDER BY m.conversation_id
LIMIT CAST(?3 AS INTEGER)
