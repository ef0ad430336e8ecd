-- ?3: a JSON array of the positions of edited messages. Deletes the notifications of people whom they mention no more.
DELETE FROM notifications
WHERE (tenant_id, user_id, id) IN (
    SELECT n.tenant_id, n.user_id, n.id
    FROM json_each(?3) AS item
    CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value
    CROSS JOIN notifications AS n INDEXED BY notifications_by_message ON n.message_id = m.id
    WHERE
        m.tenant_id = ?1
        AND n.tenant_id = m.tenant_id
        AND n.kind = 'mention'
        AND NOT EXISTS (
            SELECT 1 FROM json_each(m.mentions) AS mention WHERE mention.value ->> 'user_id' = n.user_id
        )
)
RETURNING user_id, id
