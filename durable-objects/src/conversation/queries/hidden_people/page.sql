SELECT user_id FROM hidden_people WHERE user_id > ?1 ORDER BY user_id LIMIT CAST(?2 AS INTEGER)
