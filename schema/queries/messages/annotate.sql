-- ?3: a JSON array of {seq, id, annotated_seq, reactions, pinned_at, pinned_by}. A row is written if it is newer than the stored
-- one. Deleted messages have no annotations.
UPDATE messages SET (reactions, pinned_at, pinned_by, annotated_seq) = (
    SELECT
        item.value ->> 'reactions',
        item.value ->> 'pinned_at',
        item.value ->> 'pinned_by',
        item.value ->> 'annotated_seq'
    FROM json_each(?3) AS item
    WHERE item.value ->> 'seq' = messages.seq
)
WHERE
    conversation_id = ?2
    AND tenant_id = ?1
    AND deleted_at IS NULL
    AND seq IN (SELECT item.value ->> 'seq' FROM json_each(?3) AS item)
    AND EXISTS (
        SELECT 1 FROM json_each(?3) AS item
        WHERE
            item.value ->> 'seq' = messages.seq
            AND item.value ->> 'id' = messages.id
            AND item.value ->> 'annotated_seq' > messages.annotated_seq
    )
