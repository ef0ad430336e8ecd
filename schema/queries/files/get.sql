-- A file of user ?3 or of a message in a conversation of theirs. Whether its bytes can be read depends on its status too.
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
    f.created_at,
    f.uploader_id
FROM files AS f
WHERE
    f.id = ?2
    AND f.tenant_id = ?1
    AND f.status IN ('ready', 'scanning', 'refused')
    AND (
        f.uploader_id = ?3
        OR EXISTS (
            SELECT 1 FROM file_uses AS u INDEXED BY file_uses_by_file
            CROSS JOIN members AS me ON me.conversation_id = u.conversation_id AND me.user_id = ?3
            CROSS JOIN conversations AS c ON c.id = u.conversation_id
            WHERE u.file_id = f.id AND u.tenant_id = ?1 AND c.tenant_id = ?1 AND c.deleted_at IS NULL
        )
    )
