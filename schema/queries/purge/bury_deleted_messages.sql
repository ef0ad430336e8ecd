-- The messages that deleted_messages.sql deletes next leave tombstones, so that no unread count changes.
INSERT INTO tombstones (conversation_id, seq, ordinal, uncounted, is_counted)
SELECT conversation_id, seq, ordinal, uncounted, in_channel = 1 AND type <> 'system' FROM messages
WHERE deleted_at <= ?1
ORDER BY deleted_at, conversation_id, seq
LIMIT CAST(?2 AS INTEGER)
ON CONFLICT (conversation_id, seq) DO NOTHING
