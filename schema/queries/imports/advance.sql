-- ?2: a JSON array of {id, before, last_seq, message_count, ...}. If another call has advanced an import since, NULL violates
-- the constraint, and nothing of the batch is written. The + keeps the look-up by id.
UPDATE imports SET
    last_seq = CASE WHEN imports.last_seq = item.value ->> 'before' THEN item.value ->> 'last_seq' END,
    message_count = item.value ->> 'message_count',
    uncounted_count = item.value ->> 'uncounted_count',
    last_message_at = item.value ->> 'last_message_at',
    oldest_message_at = item.value ->> 'oldest_message_at'
FROM json_each(?2) AS item
WHERE imports.conversation_id = item.value ->> 'id' AND +imports.tenant_id = ?1
RETURNING imports.conversation_id AS id
