SELECT number FROM people WHERE used_at < ?1 LIMIT CAST(?2 AS INTEGER)
