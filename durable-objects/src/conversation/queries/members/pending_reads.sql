SELECT user_id, last_read_seq, read_rev, read_at FROM members WHERE read_pending = 1 ORDER BY user_id LIMIT CAST(?1 AS INTEGER)
