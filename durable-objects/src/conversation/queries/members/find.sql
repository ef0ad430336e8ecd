SELECT user_id, role, joined_at, last_read_seq, muted_until, read_rev FROM members WHERE user_id = ?1 AND joined_at >= 0
