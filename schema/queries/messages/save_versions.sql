-- ?3: a JSON array of {seq, id, version, body, written_at}. Bodies of deleted messages are not saved.
INSERT INTO message_versions (conversation_id, seq, version, tenant_id, body, written_at)
SELECT
    m.conversation_id,
    m.seq,
    item.value ->> 'version',
    m.tenant_id,
    item.value ->> 'body',
    item.value ->> 'written_at'
FROM json_each(?3) AS item
CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value ->> 'seq'
WHERE m.tenant_id = ?1 AND m.id = item.value ->> 'id' AND m.deleted_at IS NULL
ON CONFLICT (conversation_id, seq, version) DO NOTHING
