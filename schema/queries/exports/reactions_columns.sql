SELECT
    r.conversation_id,
    r.seq AS message_seq,
    m.id AS message_id,
    r.user_id,
    r.user_name,
    r.emoji,
    r.reacted_seq,
    r.reacted_at
