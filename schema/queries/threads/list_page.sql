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
