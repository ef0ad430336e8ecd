SELECT number, rev, used_at FROM people WHERE user_id = ?1
