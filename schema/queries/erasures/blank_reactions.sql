-- ?3: a JSON array of [conversation, position]. Those made after ?4 keep their name.
UPDATE reactions SET user_name = user_id
WHERE
    (conversation_id, seq) IN (SELECT item.value ->> 0, item.value ->> 1 FROM json_each(?3) AS item)
    AND tenant_id = ?1
    AND user_id = ?2
    AND reacted_at <= ?4
