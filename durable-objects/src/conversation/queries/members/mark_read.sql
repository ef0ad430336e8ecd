UPDATE members SET last_read_seq = ?2, read_pending = 1, read_at = ?3 WHERE user_id = ?1 AND last_read_seq < ?2
