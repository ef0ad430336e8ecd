DELETE FROM announced WHERE channel = ?1 AND user_id = ?2
