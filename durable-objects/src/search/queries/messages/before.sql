SELECT number FROM messages WHERE number < ?1 ORDER BY number LIMIT CAST(?2 AS INTEGER)
