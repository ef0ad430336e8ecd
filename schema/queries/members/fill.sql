-- The first members of a new conversation. ?3: a JSON array of [user id, role].
INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at)
SELECT c.id, person.value ->> 0, c.tenant_id, person.value ->> 1, ?4
FROM conversations AS c
CROSS JOIN json_each(?3) AS person
WHERE c.tenant_id = ?1 AND c.id = ?2
