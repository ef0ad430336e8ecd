SELECT emoji, is_removed FROM reactions WHERE message_id = ?1 AND user_id = ?2 ORDER BY emoji
