INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at, last_read_seq)
SELECT c.id, ?3, c.tenant_id, ?4, ?5, ?6
FROM conversations AS c
WHERE c.tenant_id = ?1 AND c.id = ?2 AND c.deleted_at IS NULL
ON CONFLICT (conversation_id, user_id) DO NOTHING
RETURNING user_id
