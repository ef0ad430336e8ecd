-- ?2: a JSON array of {id, user_id, thread_id, ...}.
INSERT INTO mentions (conversation_id, user_id, seq, tenant_id, sender_id, thread_id)
SELECT m.conversation_id, item.value ->> 'user_id', m.seq, m.tenant_id, m.sender_id, item.value ->> 'thread_id'
FROM json_each(?2) AS item
CROSS JOIN messages AS m ON m.id = item.value ->> 'id'
WHERE m.tenant_id = ?1
ON CONFLICT (conversation_id, seq, user_id, thread_id) DO NOTHING
