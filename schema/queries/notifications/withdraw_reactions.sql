-- ?3: as in add_reactions.sql. Deletes the notifications of reactions that the record has as taken back.
DELETE FROM notifications
WHERE (tenant_id, user_id, id) IN (
    SELECT n.tenant_id, n.user_id, n.id
    FROM json_each(?3) AS item
    CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value ->> 'seq'
    CROSS JOIN reactions AS r
        ON
            r.conversation_id = m.conversation_id
            AND r.seq = m.seq
            AND r.user_id = item.value ->> 'user_id'
            AND r.emoji = item.value ->> 'emoji'
    CROSS JOIN notifications AS n
        ON
            n.tenant_id = m.tenant_id
            AND n.user_id = m.sender_id
            AND n.kind = 'reaction'
            AND n.source = item.value ->> 'source'
    WHERE m.tenant_id = ?1 AND r.removed_at IS NOT NULL AND n.data ->> 'emoji' = r.emoji
)
RETURNING user_id, id
