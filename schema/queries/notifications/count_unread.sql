-- What list_unread.sql lists, counted up to ?4. ?3: the present time.
SELECT count(*) AS unread FROM (
    SELECT 1
    FROM notifications AS n INDEXED BY notifications_unread
    LEFT JOIN messages AS m ON m.id = n.message_id AND m.deleted_at IS NULL
    WHERE
        n.tenant_id = ?1
        AND n.user_id = ?2
        AND n.read_at IS NULL
        AND (n.message_id IS NULL OR m.id IS NOT NULL)
        AND (n.conversation_id IS NULL OR EXISTS (
            SELECT 1
            FROM members AS me
            CROSS JOIN conversations AS c ON c.id = me.conversation_id AND c.deleted_at IS NULL
            WHERE me.conversation_id = n.conversation_id AND me.user_id = n.user_id
        ))
        AND (n.kind <> 'invite' OR EXISTS (
            SELECT 1
            FROM room_invites AS i
            CROSS JOIN rooms AS r ON r.id = i.room_id AND r.deleted_at IS NULL
            WHERE i.id = n.source AND (i.over_at IS NULL OR i.over_at > ?3)
        ))
        AND (n.kind <> 'report' OR EXISTS (
            SELECT 1
            FROM members AS me
            WHERE me.conversation_id = n.conversation_id AND me.user_id = n.user_id AND me.role <> 'member'
        ))
        AND (n.kind <> 'report' OR EXISTS (
            SELECT 1
            FROM reports AS o
            WHERE o.tenant_id = n.tenant_id AND o.message_id = n.source AND o.resolved_at IS NULL
        ))
    LIMIT CAST(?4 AS INTEGER)
) AS page
