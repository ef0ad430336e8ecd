SELECT number FROM messages WHERE conversation = ?1 LIMIT CAST(?2 AS INTEGER)
