SELECT pins
FROM pins
WHERE user_id = ?1
