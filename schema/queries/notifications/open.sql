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
            WHERE i.id = n.source AND (i.over_at IS NULL OR i.over_at > ?4)
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
