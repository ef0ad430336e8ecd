SELECT
    m.conversation_id,
    m.seq,
    m.id,
    m.sender_id,
    m.sender_name,
    m.type,
    CASE WHEN m.deleted_at IS NULL THEN m.body END AS body,
    m.metadata,
    m.parent_id,
    m.thread_id,
    m.thread_id IS NOT NULL AND m.in_channel = 1 AS also_in_channel,
    m.quote_id,
    m.mentions,
    m.version,
    m.created_at,
    m.edited_at,
    m.deleted_at,
    m.updated_at,
    m.pinned_at,
    m.pinned_by,
    CASE WHEN m.version > 1 THEN (
        SELECT json_group_array(json_object('version', v.version, 'body', v.body, 'written_at', v.written_at))
        FROM message_versions AS v
        WHERE v.conversation_id = m.conversation_id AND v.seq = m.seq
    ) END AS versions
