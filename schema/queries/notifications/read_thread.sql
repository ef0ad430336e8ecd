-- Notifications of replies in thread ?3 up to where the person has read it, at most ?5.
UPDATE notifications SET read_at = ?4
WHERE (tenant_id, user_id, id) IN (
    SELECT n.tenant_id, n.user_id, n.id
    FROM messages AS root
    CROSS JOIN thread_readers AS t
        ON t.conversation_id = root.conversation_id AND t.user_id = ?2 AND t.thread_id = root.id
    CROSS JOIN notifications AS n INDEXED BY notifications_unread_of_conversation
        ON n.conversation_id = root.conversation_id AND n.user_id = t.user_id AND n.seq <= t.last_read_seq
    CROSS JOIN messages AS m ON m.id = n.message_id AND m.thread_id = root.id
    WHERE root.id = ?3 AND root.tenant_id = ?1 AND n.tenant_id = ?1 AND n.read_at IS NULL
    LIMIT CAST(?5 AS INTEGER)
)
RETURNING id
