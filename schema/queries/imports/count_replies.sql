-- ?2: a JSON array of the ids of the first messages of threads. The + keeps the look-up by id.
UPDATE messages SET (reply_count, last_reply_at) = (
    SELECT
        count(*) FILTER (WHERE r.deleted_at IS NULL),
        CASE WHEN count(*) FILTER (WHERE r.deleted_at IS NULL) > 0 THEN max(r.created_at) END
    FROM messages AS r INDEXED BY messages_by_thread
    WHERE r.thread_id = messages.id
)
WHERE +tenant_id = ?1 AND id IN (SELECT item.value FROM json_each(?2) AS item)
