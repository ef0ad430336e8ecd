    page.last_read_seq,
    (
        SELECT count(*) FROM messages AS r INDEXED BY messages_replies
        WHERE r.thread_id = page.id AND r.deleted_at IS NULL AND r.seq > page.last_read_seq
    ) AS unread_count,
    (
        SELECT count(*) FROM mentions AS n INDEXED BY mentions_by_user
        WHERE
            n.conversation_id = m.conversation_id
            AND n.user_id IN (?2, '')
            AND n.thread_id = page.id
            AND n.seq > page.last_read_seq
            AND n.sender_id <> ?2
            AND NOT EXISTS (
                SELECT 1 FROM blocks AS b
                WHERE b.tenant_id = ?1 AND b.user_id = ?2 AND b.blocked_id = n.sender_id
            )
    ) AS mention_count,
    CASE WHEN m.reactions IS NOT NULL THEN (
        SELECT json_group_array(r.emoji) FROM reactions AS r
        WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq AND r.user_id = ?2 AND r.removed_at IS NULL
    ) END AS own
FROM page
CROSS JOIN messages AS m ON m.id = page.id
ORDER BY page.last_reply_at DESC, page.id DESC
