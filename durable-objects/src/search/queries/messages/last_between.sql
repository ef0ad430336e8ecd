SELECT number FROM messages WHERE number >= ?1 AND number < ?2 ORDER BY number DESC LIMIT 1
