SELECT pins, is_decoy
FROM pins
WHERE user_id = ?1
