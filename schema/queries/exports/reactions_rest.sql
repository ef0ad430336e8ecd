-- Of conversation ?2, after the reaction of user ?5 with emoji ?6 at position ?4 to the message at position ?3.
FROM reactions AS r INDEXED BY reactions_by_time
CROSS JOIN messages AS m ON m.conversation_id = r.conversation_id AND m.seq = r.seq
CROSS JOIN conversations AS c ON c.id = r.conversation_id
WHERE
    r.conversation_id = ?2
    AND (r.seq, r.reacted_seq, r.user_id, r.emoji) > (?3, ?4, ?5, ?6)
    AND r.removed_at IS NULL
    AND c.tenant_id = ?1
    AND c.deleted_at IS NULL
ORDER BY r.seq, r.reacted_seq, r.user_id, r.emoji
LIMIT CAST(?7 AS INTEGER)
