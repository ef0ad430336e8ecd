    m.ordinal,
    m.uncounted,
    m.updated_seq
-- Messages of user ?2 in a conversation after position ?4 that were sent up to ?5, with what a change of them needs.
FROM messages AS m INDEXED BY messages_by_sender
WHERE m.tenant_id = ?1 AND m.sender_id = ?2 AND m.conversation_id = ?3 AND m.seq > ?4 AND m.created_at <= ?5
ORDER BY m.seq
LIMIT CAST(?6 AS INTEGER)
