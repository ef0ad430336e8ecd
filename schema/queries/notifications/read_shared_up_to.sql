-- Reads at most ?5 shared notifications, the newest first.
INSERT INTO shared_notification_reads (message_id, user_id, conversation_id, read_at)
SELECT s.message_id, s.user_id, s.conversation_id, ?4
FROM shared AS s
WHERE s.id <= ?3 AND s.seq > s.last_read_seq AND s.read_at IS NULL
ORDER BY s.id DESC
LIMIT CAST(?5 AS INTEGER)
ON CONFLICT (message_id, user_id) DO NOTHING
RETURNING 1 AS is_read
