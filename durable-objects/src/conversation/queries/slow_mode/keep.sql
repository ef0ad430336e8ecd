INSERT INTO slow_mode_sends (user_id, sent_at)
VALUES (?1, ?2)
ON CONFLICT (user_id) DO UPDATE SET sent_at = excluded.sent_at
