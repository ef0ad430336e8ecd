-- Makes the log due immediately: the object still stores the purged messages.
UPDATE conversations SET
    oldest_message_at = (
        SELECT m.created_at FROM messages AS m WHERE m.conversation_id = ?2 ORDER BY m.seq LIMIT 1
    ),
    log_due_at = min(coalesce(log_due_at, ?3), ?3)
WHERE tenant_id = ?1 AND id = ?2
