-- Columns of a conversation c as user ?3 sees it, with their membership me and its room r. Fields for members only (unread, last
-- message, peer) are empty for others.
SELECT
    c.id,
    c.type,
    r.id AS room_id,
    r.name AS room_name,
    r.visibility AS room_visibility,
    c.report_id,
    c.metadata,
    c.created_by,
    c.member_count,
    c.last_message_at,
    c.last_seq,
    c.created_at,
    c.updated_at,
    me.role,
    coalesce(me.last_read_seq, 0) AS last_read_seq,
    CASE WHEN me.role IS NOT NULL THEN json_object(
        'notifications_muted_until', me.notifications_muted_until,
        'notify', me.notify,
        'favorite', me.favorite,
        'archived', me.archived_at IS NOT NULL
    ) END AS preferences,
    CASE WHEN me.role IS NOT NULL THEN max(
        0,
        c.message_count - c.uncounted_count
        - max(c.purged_ordinal - c.purged_uncounted, coalesce((
            SELECT m.ordinal - m.uncounted FROM messages AS m
            WHERE m.conversation_id = c.id AND m.seq <= me.last_read_seq
            ORDER BY m.seq DESC
            LIMIT 1
        ), 0), coalesce((
            SELECT t.ordinal - t.uncounted FROM tombstones AS t
            WHERE t.conversation_id = c.id AND t.seq <= me.last_read_seq
            ORDER BY t.seq DESC
            LIMIT 1
        ), 0))
        - (
            SELECT count(*) FROM messages AS m INDEXED BY messages_deleted
            WHERE
                m.conversation_id = c.id AND m.seq > me.last_read_seq AND m.deleted_at IS NOT NULL
                AND m.in_channel = 1 AND m.type <> 'system'
        )
        - (
            SELECT count(*) FROM tombstones AS t
            WHERE
                t.conversation_id = c.id AND t.seq > me.last_read_seq AND t.ordinal > c.purged_ordinal
                AND t.is_counted = 1
        )
    ) ELSE 0 END AS unread_count,
    CASE WHEN me.role IS NOT NULL THEN (
        SELECT count(*) FROM mentions AS n INDEXED BY mentions_by_user
        WHERE
            n.conversation_id = c.id AND n.user_id IN (?3, '') AND n.thread_id = '' AND n.seq > me.last_read_seq
            AND n.sender_id <> ?3
            AND NOT EXISTS (
                SELECT 1 FROM blocks AS b
                WHERE b.tenant_id = c.tenant_id AND b.user_id = ?3 AND b.blocked_id = n.sender_id
            )
    ) ELSE 0 END AS mention_count,
    CASE WHEN me.role IS NOT NULL THEN (
        SELECT json_set(
            json_object(
                'id', m.id, 'conversation_id', m.conversation_id, 'seq', m.seq, 'sender_id', m.sender_id,
                'sender_name', m.sender_name, 'type', m.type,
                'body', CASE WHEN m.deleted_at IS NULL THEN m.body END,
                'metadata', m.metadata, 'parent_id', m.parent_id, 'client_msg_id', m.client_msg_id,
                'version', m.version, 'created_at', m.created_at, 'edited_at', m.edited_at,
                'deleted_at', m.deleted_at, 'updated_at', m.updated_at,
                'from_blocked', EXISTS (
                    SELECT 1 FROM blocks AS b
                    WHERE b.tenant_id = c.tenant_id AND b.user_id = ?3 AND b.blocked_id = m.sender_id
                )
            ),
            '$.thread_id', m.thread_id, '$.also_in_channel', m.thread_id IS NOT NULL AND m.in_channel = 1,
            '$.quote_id', m.quote_id, '$.mentions', m.mentions, '$.attachments', m.attachments
        )
        FROM messages AS m INDEXED BY messages_counted
        WHERE m.conversation_id = c.id AND m.in_channel = 1 AND m.type <> 'system'
        ORDER BY m.seq DESC
        LIMIT 1
    ) END AS last_message,
    CASE WHEN me.role IS NOT NULL AND c.type = 'dm' THEN (
        SELECT json_object('user_id', u.id, 'name', u.name)
        FROM members AS other
        CROSS JOIN users AS u ON u.tenant_id = other.tenant_id AND u.id = other.user_id
        WHERE other.conversation_id = c.id AND other.user_id <> ?3
        LIMIT 1
    ) END AS peer
