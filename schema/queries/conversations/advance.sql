-- Only moves forward, so that replaying an older batch changes nothing.
-- ?6: when the object is to be asked to trim the events written now.
UPDATE conversations SET
    last_seq = max(last_seq, ?3),
    message_count = max(message_count, ?4),
    uncounted_count = max(uncounted_count, ?7),
    last_message_at = coalesce(max(last_message_at, ?5), last_message_at, ?5),
    oldest_message_at = coalesce(oldest_message_at, (
        SELECT m.created_at FROM messages AS m WHERE m.conversation_id = ?2 ORDER BY m.seq LIMIT 1
    )),
    log_due_at = CASE WHEN ?3 > last_seq THEN min(coalesce(log_due_at, ?6), ?6) ELSE log_due_at END
WHERE tenant_id = ?1 AND id = ?2
RETURNING id
