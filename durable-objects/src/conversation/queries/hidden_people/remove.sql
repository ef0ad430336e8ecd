DELETE FROM hidden_people WHERE user_id = ?1
