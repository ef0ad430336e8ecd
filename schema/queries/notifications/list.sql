    FROM notifications AS n
    LEFT JOIN messages AS m ON m.id = n.message_id AND m.deleted_at IS NULL
    WHERE
        n.tenant_id = ?1
        AND n.user_id = ?2
        AND n.id < ?3
