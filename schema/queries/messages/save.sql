-- ?3: a JSON array of rows. A row is written if it is new or newer than the stored one, so batches may repeat and
-- arrive out of order. A row that collides with another message's id or client id is skipped without losing the rest of
-- the batch. Purged messages are not restored.
INSERT INTO messages (
    conversation_id, tenant_id, seq, id, ordinal, sender_id, sender_name, type, body, metadata, parent_id,
    thread_id, in_channel, uncounted, quote_id, mentions, attachments, client_msg_id, version, created_at, edited_at, deleted_at,
    updated_at, updated_seq
)
SELECT
    c.id,
    c.tenant_id,
    item.value ->> 'seq',
    item.value ->> 'id',
    item.value ->> 'ordinal',
    item.value ->> 'sender_id',
    item.value ->> 'sender_name',
    item.value ->> 'type',
    CASE WHEN item.value ->> 'deleted_at' IS NULL THEN item.value ->> 'body' END,
    item.value ->> 'metadata',
    item.value ->> 'parent_id',
    item.value ->> 'thread_id',
    item.value ->> 'in_channel',
    item.value ->> 'uncounted',
    item.value ->> 'quote_id',
    CASE WHEN item.value ->> 'deleted_at' IS NULL THEN item.value ->> 'mentions' END,
    CASE WHEN item.value ->> 'deleted_at' IS NULL THEN item.value ->> 'attachments' END,
    item.value ->> 'client_msg_id',
    item.value ->> 'version',
    item.value ->> 'created_at',
    item.value ->> 'edited_at',
    item.value ->> 'deleted_at',
    item.value ->> 'updated_at',
    item.value ->> 'updated_seq'
FROM conversations AS c
CROSS JOIN json_each(?3) AS item
WHERE
    c.tenant_id = ?1
    AND c.id = ?2
    AND item.value ->> 'ordinal' > c.purged_ordinal
    AND NOT EXISTS (
        SELECT 1 FROM tombstones AS t WHERE t.conversation_id = c.id AND t.seq = item.value ->> 'seq'
    )
ON CONFLICT (conversation_id, seq) DO UPDATE SET
    sender_name = excluded.sender_name,
    client_msg_id = excluded.client_msg_id,
    body = excluded.body,
    metadata = excluded.metadata,
    mentions = excluded.mentions,
    attachments = excluded.attachments,
    version = excluded.version,
    reactions = CASE WHEN excluded.deleted_at IS NULL THEN messages.reactions END,
    pinned_at = CASE WHEN excluded.deleted_at IS NULL THEN messages.pinned_at END,
    pinned_by = CASE WHEN excluded.deleted_at IS NULL THEN messages.pinned_by END,
    edited_at = excluded.edited_at,
    deleted_at = excluded.deleted_at,
    updated_at = excluded.updated_at,
    updated_seq = excluded.updated_seq
WHERE messages.id = excluded.id AND messages.updated_seq < excluded.updated_seq
ON CONFLICT DO NOTHING
