    -- How people have annotated it.
    m.reactions,
    m.pinned_at,
    m.pinned_by,
    m.reply_count,
    m.last_reply_at,
    m.annotated_seq,
