SELECT 1 AS recorded FROM messages WHERE id = ?1
