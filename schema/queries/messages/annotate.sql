-- ?3: a JSON array of {seq, id, annotated_seq, reactions, pinned_at, pinned_by, reply_count, last_reply_at}. A row is written if it
-- is newer than the stored one. Deleted messages have a thread only.
UPDATE messages SET (reactions, pinned_at, pinned_by, reply_count, last_reply_at, annotated_seq) = (
    SELECT
        CASE WHEN messages.deleted_at IS NULL THEN item.value ->> 'reactions' END,
        CASE WHEN messages.deleted_at IS NULL THEN item.value ->> 'pinned_at' END,
        CASE WHEN messages.deleted_at IS NULL THEN item.value ->> 'pinned_by' END,
        item.value ->> 'reply_count',
        item.value ->> 'last_reply_at',
        item.value ->> 'annotated_seq'
    FROM json_each(?3) AS item
    WHERE item.value ->> 'seq' = messages.seq
)
WHERE
    conversation_id = ?2
    AND tenant_id = ?1
    AND seq IN (SELECT item.value ->> 'seq' FROM json_each(?3) AS item)
    AND EXISTS (
        SELECT 1 FROM json_each(?3) AS item
        WHERE
            item.value ->> 'seq' = messages.seq
            AND item.value ->> 'id' = messages.id
            AND item.value ->> 'annotated_seq' > messages.annotated_seq
    )
