-- ?2: a JSON array of ids. Conversations of other tenants are not there, but their ids are taken.
SELECT
    c.id,
    c.tenant_id = ?1 AND (c.deleted_at IS NULL OR i.conversation_id IS NOT NULL) AS is_there,
    c.type,
    c.dm_key,
    c.created_at,
    i.import,
    i.last_seq,
    i.message_count,
    i.uncounted_count,
    i.last_message_at,
    i.oldest_message_at
FROM json_each(?2) AS item
CROSS JOIN conversations AS c ON c.id = item.value
LEFT JOIN imports AS i ON i.conversation_id = c.id
