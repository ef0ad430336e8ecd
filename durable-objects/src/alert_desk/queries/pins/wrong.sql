SELECT wrong, wrong_at
FROM pins
WHERE user_id = ?1
