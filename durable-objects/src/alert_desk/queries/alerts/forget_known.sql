DELETE FROM known
WHERE left_at < ?1
