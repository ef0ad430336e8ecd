-- Those of user ?6, after the one with emoji ?4 to the message at position ?3 of conversation ?2.
FROM reactions AS r INDEXED BY reactions_by_user
CROSS JOIN messages AS m ON m.conversation_id = r.conversation_id AND m.seq = r.seq
CROSS JOIN conversations AS c ON c.id = r.conversation_id
WHERE
    r.tenant_id = ?1
    AND r.user_id = ?6
    AND (r.conversation_id, r.seq, r.emoji) > (?2, ?3, ?4)
    AND r.removed_at IS NULL
    AND c.deleted_at IS NULL
ORDER BY r.conversation_id, r.seq, r.emoji
LIMIT CAST(?5 AS INTEGER)
