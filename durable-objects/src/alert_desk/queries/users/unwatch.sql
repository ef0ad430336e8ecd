DELETE FROM watchers
WHERE user_id = ?1
