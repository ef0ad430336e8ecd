-- ?3: a JSON array of the positions of changed messages. Deletes the shared notifications of those that are deleted or mention all
-- members no more.
DELETE FROM shared_notifications
WHERE (conversation_id, seq) IN (
    SELECT r.conversation_id, r.seq
    FROM json_each(?3) AS item
    CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value
    CROSS JOIN shared_notifications AS r ON r.conversation_id = m.conversation_id AND r.seq = m.seq
    WHERE
        m.tenant_id = ?1
        AND NOT EXISTS (
            SELECT 1 FROM json_each(m.mentions) AS mention WHERE mention.value ->> 'type' IN ('here', 'room')
        )
)
RETURNING seq, id
