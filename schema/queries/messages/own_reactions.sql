    -- Those of user ?5.
    CASE WHEN m.reactions IS NOT NULL THEN (
        SELECT json_group_array(r.emoji) FROM reactions AS r
        WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq AND r.user_id = ?5 AND r.removed_at IS NULL
    ) END AS own
