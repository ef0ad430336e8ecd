INSERT INTO reactions (message_id, user_id, emoji, seq, is_removed, change) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (message_id, user_id, emoji) DO UPDATE SET
    seq = excluded.seq,
    is_removed = excluded.is_removed,
    change = excluded.change
