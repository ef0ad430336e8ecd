DELETE FROM file_releases
WHERE conversation_id IN (
    SELECT r.conversation_id FROM file_releases AS r INDEXED BY file_releases_by_time
    WHERE r.deleted_at <= ?1 AND NOT EXISTS (SELECT 1 FROM file_uses AS u WHERE u.conversation_id = r.conversation_id)
    ORDER BY r.deleted_at
    LIMIT CAST(?2 AS INTEGER)
)
