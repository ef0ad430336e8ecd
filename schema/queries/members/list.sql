-- ?6: who reads the list; NULL for the server. Others' markers are shown to those who show theirs.
FROM conversations AS c
CROSS JOIN members AS m ON m.conversation_id = c.id
CROSS JOIN users AS u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
LEFT JOIN members AS shown
    ON
        shown.conversation_id = m.conversation_id
        AND shown.user_id = m.user_id
        AND (
            ?6 IS NULL
            OR m.user_id = ?6
            OR (
                u.receipts = 'public'
                AND EXISTS (
                    SELECT 1 FROM users AS reader
                    WHERE reader.tenant_id = c.tenant_id AND reader.id = ?6 AND reader.receipts = 'public'
                )
            )
        )
LEFT JOIN sanctions AS mute
    ON mute.conversation_id = c.id AND mute.kind = 'mute' AND mute.user_id = m.user_id AND mute.until > ?5
WHERE c.tenant_id = ?1 AND c.id = ?2 AND c.deleted_at IS NULL AND m.user_id > ?3
ORDER BY m.user_id
LIMIT CAST(?4 AS INTEGER)
