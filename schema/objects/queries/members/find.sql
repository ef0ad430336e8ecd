SELECT user_id, role, joined_at, last_read_seq FROM members WHERE user_id = ?1
