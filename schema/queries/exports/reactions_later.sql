-- Of conversations after ?2.
FROM conversations AS c INDEXED BY conversations_by_tenant
CROSS JOIN reactions AS r INDEXED BY reactions_by_time ON r.conversation_id = c.id AND r.removed_at IS NULL
CROSS JOIN messages AS m ON m.conversation_id = r.conversation_id AND m.seq = r.seq
WHERE c.tenant_id = ?1 AND c.id > ?2 AND c.deleted_at IS NULL
ORDER BY c.id, r.seq, r.reacted_seq, r.user_id, r.emoji
LIMIT CAST(?3 AS INTEGER)
