SELECT withdrawn_at
FROM withdrawn
WHERE user_id = ?1
