SELECT read_rev, unread_head FROM members WHERE user_id = ?1
