SELECT forgotten_at
FROM forgotten
WHERE user_id = ?1
