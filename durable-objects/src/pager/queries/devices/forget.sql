INSERT INTO forgotten (user_id, forgotten_at)
VALUES (?1, ?2)
ON CONFLICT (user_id) DO UPDATE SET forgotten_at = MAX(forgotten_at, excluded.forgotten_at)
