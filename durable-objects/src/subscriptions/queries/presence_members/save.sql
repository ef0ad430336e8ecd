INSERT INTO announced (channel, user_id, listener) VALUES (?1, ?2, ?3)
ON CONFLICT (channel, user_id) DO UPDATE SET listener = excluded.listener
