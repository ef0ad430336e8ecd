INSERT INTO shared_notification_reads (message_id, user_id, conversation_id, read_at)
SELECT s.message_id, s.user_id, s.conversation_id, ?4
FROM shared AS s
WHERE s.id = ?3 AND s.read_at IS NULL
ON CONFLICT (message_id, user_id) DO NOTHING
RETURNING 1 AS is_read
