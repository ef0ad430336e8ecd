DELETE FROM forgotten
WHERE user_id = ?1
