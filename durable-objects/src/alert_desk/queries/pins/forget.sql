DELETE FROM pins
WHERE user_id = ?1
