INSERT INTO people (user_id, rev, used_at) VALUES (?1, ?2, ?3)
ON CONFLICT (user_id) DO UPDATE SET rev = excluded.rev, used_at = excluded.used_at
