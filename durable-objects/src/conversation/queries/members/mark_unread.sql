UPDATE members SET last_read_seq = ?2, read_rev = ?3, unread_head = ?4, read_pending = 1, read_at = ?5 WHERE user_id = ?1
