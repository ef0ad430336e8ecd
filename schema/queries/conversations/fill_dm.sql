-- ?3: the people, as a JSON array. Only while the conversation is new: who is in it does not change.
INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at)
SELECT c.id, person.value, c.tenant_id, 'member', c.created_at
FROM conversations AS c
CROSS JOIN json_each(?3) AS person
WHERE c.tenant_id = ?1 AND c.dm_key = ?2
ON CONFLICT (conversation_id, user_id) DO NOTHING
