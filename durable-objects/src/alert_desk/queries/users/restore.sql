DELETE FROM withdrawn
WHERE user_id = ?1
