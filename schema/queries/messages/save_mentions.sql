-- ?3: a JSON array of {seq, id, user_id, thread_id, updated_seq}. Only those of a message in this state, which is not deleted.
INSERT INTO mentions (conversation_id, user_id, seq, tenant_id, sender_id, thread_id)
SELECT m.conversation_id, item.value ->> 'user_id', m.seq, m.tenant_id, m.sender_id, item.value ->> 'thread_id'
FROM json_each(?3) AS item
CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value ->> 'seq'
WHERE
    m.tenant_id = ?1
    AND m.id = item.value ->> 'id'
    AND m.updated_seq = item.value ->> 'updated_seq'
    AND m.deleted_at IS NULL
ON CONFLICT (conversation_id, seq, user_id, thread_id) DO NOTHING
