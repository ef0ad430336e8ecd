INSERT INTO reactions (message_id, user_id, emoji, seq, is_removed) VALUES (?1, ?2, ?3, 0, ?4)
ON CONFLICT (message_id, user_id, emoji) DO NOTHING
