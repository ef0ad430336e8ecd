DELETE FROM persons WHERE source = ?1 AND user_id = ?2
