-- A file that user ?3 may read: their own, or one of a message in a conversation of theirs.
SELECT
    f.id,
    f.name,
    f.type,
    f.size,
    f.sha256,
    f.width,
    f.height,
    f.duration_ms,
    f.thumbhash,
    f.variants,
    f.status,
    f.created_at
FROM files AS f
WHERE
    f.id = ?2
    AND f.tenant_id = ?1
    AND (
        f.uploader_id = ?3 AND f.status IN ('ready', 'scanning')
        OR f.status = 'ready' AND EXISTS (
            SELECT 1 FROM file_uses AS u INDEXED BY file_uses_by_file
            CROSS JOIN members AS me ON me.conversation_id = u.conversation_id AND me.user_id = ?3
            CROSS JOIN conversations AS c ON c.id = u.conversation_id
            WHERE u.file_id = f.id AND u.tenant_id = ?1 AND c.tenant_id = ?1 AND c.deleted_at IS NULL
        )
    )
