-- ?2: a JSON array of rows. Only of conversations that are being imported.
INSERT INTO reactions (conversation_id, seq, user_id, emoji, tenant_id, user_name, reacted_seq, reacted_at)
SELECT
    i.conversation_id,
    item.value ->> 'message_seq',
    item.value ->> 'user_id',
    item.value ->> 'emoji',
    i.tenant_id,
    item.value ->> 'user_name',
    item.value ->> 'seq',
    item.value ->> 'at'
FROM json_each(?2) AS item
CROSS JOIN imports AS i ON i.conversation_id = item.value ->> 'conversation_id'
WHERE i.tenant_id = ?1
ON CONFLICT (conversation_id, seq, user_id, emoji) DO NOTHING
