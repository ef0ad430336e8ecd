INSERT INTO withdrawn (user_id, withdrawn_at)
VALUES (?1, ?2)
ON CONFLICT (user_id) DO UPDATE SET withdrawn_at = excluded.withdrawn_at
