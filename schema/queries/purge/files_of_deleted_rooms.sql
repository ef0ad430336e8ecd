-- Takes the files from messages of deleted conversations.
DELETE FROM file_uses
WHERE (conversation_id, seq, file_id) IN (
    SELECT
        u.conversation_id,
        u.seq,
        u.file_id
    FROM file_releases AS r INDEXED BY file_releases_by_time
    CROSS JOIN file_uses AS u ON u.conversation_id = r.conversation_id
    WHERE r.deleted_at <= ?1
    ORDER BY r.deleted_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
