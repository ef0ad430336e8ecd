-- ?2: a JSON array of message ids. The same order as the conversation's object keeps: most used first, then by code points. The + keeps the look-up by id.
UPDATE messages SET reactions = (
    SELECT json_group_array(json_object('emoji', kind.emoji, 'count', kind.count))
    FROM (
        SELECT r.emoji, count(*) AS count
        FROM reactions AS r INDEXED BY reactions_by_emoji
        WHERE r.conversation_id = messages.conversation_id AND r.seq = messages.seq AND r.removed_at IS NULL
        GROUP BY r.emoji
        ORDER BY count(*) DESC, r.emoji
    ) AS kind
)
WHERE +tenant_id = ?1 AND id IN (SELECT item.value FROM json_each(?2) AS item)
