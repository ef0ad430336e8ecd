-- ?2: a JSON array of conversations. Nobody has read further than the conversation goes.
UPDATE members SET last_read_seq = min(last_read_seq, (
    SELECT max(i.head, i.last_seq) FROM imports AS i WHERE i.conversation_id = members.conversation_id
))
WHERE
    conversation_id IN (
        SELECT i.conversation_id
        FROM json_each(?2) AS item
        CROSS JOIN imports AS i ON i.conversation_id = item.value
        WHERE i.tenant_id = ?1
    )
