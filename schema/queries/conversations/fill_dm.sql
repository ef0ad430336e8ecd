-- ?3: a JSON array of user ids. Changes nothing in an existing conversation, whose members are always the same.
INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at)
SELECT c.id, person.value, c.tenant_id, 'member', c.created_at
FROM conversations AS c
CROSS JOIN json_each(?3) AS person
WHERE c.tenant_id = ?1 AND c.dm_key = ?2
ON CONFLICT (conversation_id, user_id) DO NOTHING
