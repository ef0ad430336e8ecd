-- ?3: a JSON array of {seq, id, file_id}. Only those of messages that are not deleted.
INSERT INTO file_uses (conversation_id, seq, file_id, tenant_id)
SELECT m.conversation_id, m.seq, f.id, m.tenant_id
FROM json_each(?3) AS item
CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value ->> 'seq'
CROSS JOIN files AS f ON f.id = item.value ->> 'file_id'
WHERE m.tenant_id = ?1 AND m.id = item.value ->> 'id' AND m.deleted_at IS NULL AND f.tenant_id = ?1
ON CONFLICT (conversation_id, seq, file_id) DO NOTHING
