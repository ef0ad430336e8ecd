-- Conversations with messages, by their oldest one.
SELECT id, oldest_message_at, rowid AS number FROM conversations
WHERE tenant_id = ?1 AND oldest_message_at IS NOT NULL AND (oldest_message_at, rowid) > (?2, ?3) AND deleted_at IS NULL
ORDER BY oldest_message_at, rowid
LIMIT CAST(?4 AS INTEGER)
