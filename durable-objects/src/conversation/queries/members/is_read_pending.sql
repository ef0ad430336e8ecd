SELECT 1 AS pending FROM members WHERE user_id = ?1 AND read_pending = 1
