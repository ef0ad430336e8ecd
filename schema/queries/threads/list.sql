-- Threads that user ?2 follows, newest reply first, before the time ?3 of the newest reply of thread ?4.
-- Selects the page first, so that the costly columns are computed for its rows only.
WITH page AS MATERIALIZED (
    SELECT root.id, root.last_reply_at, t.last_read_seq
    FROM thread_readers AS t INDEXED BY thread_readers_by_user
    CROSS JOIN messages AS root ON root.id = t.thread_id
    CROSS JOIN conversations AS c ON c.id = root.conversation_id
    WHERE
        t.tenant_id = ?1
        AND t.user_id = ?2
        AND t.is_following = 1
        AND root.reply_count > 0
        AND c.deleted_at IS NULL
        AND (root.last_reply_at, root.id) < (?3, ?4)
    ORDER BY root.last_reply_at DESC, root.id DESC
    LIMIT CAST(?5 AS INTEGER)
)
SELECT
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
    m.id,
    m.conversation_id,
    m.seq,
    m.sender_id,
    m.sender_name,
    m.type,
    CASE WHEN m.deleted_at IS NULL THEN m.body END AS body,
    m.metadata,
    m.parent_id,
    m.thread_id,
    m.thread_id IS NOT NULL AND m.in_channel = 1 AS also_in_channel,
    m.quote_id,
    m.mentions,
    m.attachments,
    m.client_msg_id,
    m.version,
    m.created_at,
    m.edited_at,
    m.deleted_at,
    m.updated_at,
    m.reactions,
    m.pinned_at,
    m.pinned_by,
    m.reply_count,
    m.last_reply_at,
    m.annotated_seq,
    CASE WHEN m.reactions IS NOT NULL THEN (
        SELECT json_group_array(r.emoji) FROM reactions AS r
        WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq AND r.user_id = ?2 AND r.removed_at IS NULL
    ) END AS own
FROM page
CROSS JOIN messages AS m ON m.id = page.id
ORDER BY page.last_reply_at DESC, page.id DESC
