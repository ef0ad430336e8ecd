DELETE FROM members WHERE user_id = ?1
