SELECT number FROM messages WHERE conversation = ?1 LIMIT ?2
