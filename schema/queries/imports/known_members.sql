-- ?2: a JSON array of [conversation, user].
SELECT m.conversation_id, m.user_id
FROM json_each(?2) AS item
CROSS JOIN members AS m ON m.conversation_id = item.value ->> 0 AND m.user_id = item.value ->> 1
WHERE m.tenant_id = ?1
