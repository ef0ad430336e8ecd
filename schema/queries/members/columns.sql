-- Columns of members m of a conversation c, who are the users u. Their read marker is that of the row shown, which is absent if
-- the reader of the list does not see it.
SELECT
    u.id AS user_id,
    u.name,
    u.avatar,
    m.role,
    m.joined_at,
    shown.last_read_seq,
    (
        SELECT counted.id FROM messages AS counted INDEXED BY messages_counted
        WHERE
            counted.conversation_id = shown.conversation_id AND counted.in_channel = 1 AND counted.type <> 'system'
            AND counted.seq <= shown.last_read_seq
        ORDER BY counted.seq DESC
        LIMIT 1
    ) AS last_read_message_id,
    shown.last_read_at,
    mute.until AS muted_until
