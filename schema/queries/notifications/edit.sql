-- ?3: a JSON array of the positions of edited messages. Their unread notifications, at most ?4, have news.
UPDATE notifications SET
    updated_at = (SELECT m.edited_at FROM messages AS m WHERE m.id = notifications.message_id)
WHERE (tenant_id, user_id, id) IN (
    SELECT n.tenant_id, n.user_id, n.id
    FROM json_each(?3) AS item
    CROSS JOIN messages AS m ON m.conversation_id = ?2 AND m.seq = item.value
    CROSS JOIN notifications AS n INDEXED BY notifications_by_message ON n.message_id = m.id
    WHERE
        m.tenant_id = ?1
        AND m.deleted_at IS NULL
        AND n.tenant_id = m.tenant_id
        AND n.kind IN ('mention', 'reply', 'direct_message')
        AND n.read_at IS NULL
        AND n.updated_at < m.edited_at
    LIMIT CAST(?4 AS INTEGER)
)
