    UNION ALL
    SELECT
        s.id,
        'mention',
        s.conversation_id,
        s.actor_id,
        s.actor_name,
        s.message_id,
        NULL,
        NULL,
        NULL,
        json_object('mention', s.mention),
        s.created_at,
        s.updated_at,
        s.read_at
    FROM shared AS s
    WHERE s.id < ?3
