-- ?2: a JSON array of [message, user, emoji].
SELECT m.id AS message_id, r.user_id, r.emoji
FROM json_each(?2) AS item
CROSS JOIN messages AS m ON m.id = item.value ->> 0
CROSS JOIN reactions AS r
    ON r.conversation_id = m.conversation_id AND r.seq = m.seq AND r.user_id = item.value ->> 1
    AND r.emoji = item.value ->> 2
WHERE m.tenant_id = ?1 AND r.removed_at IS NULL
