-- Shared notifications of replies in thread ?3 that the person has read now.
INSERT INTO shared_notification_reads (message_id, user_id, conversation_id, read_at)
SELECT s.message_id, s.user_id, s.conversation_id, ?4
FROM shared AS s
CROSS JOIN thread_readers AS t
    ON t.conversation_id = s.conversation_id AND t.user_id = s.user_id AND t.thread_id = s.thread_id
WHERE s.thread_id = ?3 AND s.seq <= t.last_read_seq AND s.seq > s.last_read_seq AND s.read_at IS NULL
ON CONFLICT (message_id, user_id) DO NOTHING
RETURNING (
    SELECT r.id FROM shared_notifications AS r
    WHERE r.message_id = shared_notification_reads.message_id
) AS id
