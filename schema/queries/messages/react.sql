-- ?3: a JSON array of {seq, id, user_id, user_name, emoji, reacted_seq, reacted_at, removed_at}. A row is written if it is new or newer
-- than the stored one, and its message is there and not deleted.
INSERT INTO reactions (
    conversation_id, seq, user_id, emoji, tenant_id, user_name, reacted_seq, reacted_at, removed_at
)
SELECT
    m.conversation_id,
    m.seq,
    item.value ->> 'user_id',
    item.value ->> 'emoji',
    m.tenant_id,
    item.value ->> 'user_name',
    item.value ->> 'reacted_seq',
    item.value ->> 'reacted_at',
    item.value ->> 'removed_at'
FROM json_each(?3) AS item
CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value ->> 'seq'
WHERE m.tenant_id = ?1 AND m.id = item.value ->> 'id' AND m.deleted_at IS NULL
ON CONFLICT (conversation_id, seq, user_id, emoji) DO UPDATE SET
    user_name = excluded.user_name,
    reacted_seq = excluded.reacted_seq,
    reacted_at = excluded.reacted_at,
    removed_at = excluded.removed_at
WHERE reactions.reacted_seq < excluded.reacted_seq
