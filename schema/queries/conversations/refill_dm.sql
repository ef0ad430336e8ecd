-- ?3: the key of a direct conversation, a JSON array of both people. Those who are no longer members, because they were erased, are members
-- again once they are back: they have read what is there.
INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at, last_read_seq)
SELECT c.id, u.id, c.tenant_id, 'member', ?4, c.last_seq
FROM conversations AS c
CROSS JOIN json_each(?3) AS person
CROSS JOIN users AS u ON u.tenant_id = c.tenant_id AND u.id = person.value
WHERE c.tenant_id = ?1 AND c.dm_key = ?2 AND c.deleted_at IS NULL AND u.erased_at IS NULL
ON CONFLICT (conversation_id, user_id) DO NOTHING
