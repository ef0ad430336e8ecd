SELECT sent_at FROM slow_mode_sends WHERE user_id = ?1
