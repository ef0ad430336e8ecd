-- ?2: a JSON array of rows. Only of conversations that are being imported. A message whose id is taken fails the batch.
INSERT INTO messages (
    conversation_id, tenant_id, seq, id, ordinal, sender_id, sender_name, type, body, metadata, parent_id, thread_id,
    in_channel, uncounted, quote_id, mentions, version, created_at, edited_at, deleted_at, updated_at, updated_seq,
    pinned_at, pinned_by
)
SELECT
    i.conversation_id,
    i.tenant_id,
    item.value ->> 'seq',
    item.value ->> 'id',
    item.value ->> 'ordinal',
    item.value ->> 'sender_id',
    item.value ->> 'sender_name',
    item.value ->> 'type',
    item.value ->> 'body',
    item.value ->> 'metadata',
    item.value ->> 'parent_id',
    item.value ->> 'thread_id',
    item.value ->> 'in_channel',
    item.value ->> 'uncounted',
    item.value ->> 'quote_id',
    item.value ->> 'mentions',
    item.value ->> 'version',
    item.value ->> 'created_at',
    item.value ->> 'edited_at',
    item.value ->> 'deleted_at',
    item.value ->> 'updated_at',
    item.value ->> 'seq',
    item.value ->> 'pinned_at',
    item.value ->> 'pinned_by'
FROM json_each(?2) AS item
CROSS JOIN imports AS i ON i.conversation_id = item.value ->> 'conversation_id'
WHERE i.tenant_id = ?1
