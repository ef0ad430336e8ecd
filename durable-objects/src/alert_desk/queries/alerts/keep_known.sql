INSERT INTO known (id, user_id, left_at)
VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO NOTHING
