-- ?2: a JSON array of {id, version, body, written_at}.
INSERT INTO message_versions (conversation_id, seq, version, tenant_id, body, written_at)
SELECT
    m.conversation_id,
    m.seq,
    item.value ->> 'version',
    m.tenant_id,
    item.value ->> 'body',
    item.value ->> 'written_at'
FROM json_each(?2) AS item
CROSS JOIN messages AS m ON m.id = item.value ->> 'id'
WHERE m.tenant_id = ?1
ON CONFLICT (conversation_id, seq, version) DO NOTHING
