SELECT number FROM people WHERE used_at < ?1 LIMIT ?2
