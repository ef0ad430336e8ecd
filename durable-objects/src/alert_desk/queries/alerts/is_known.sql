SELECT user_id
FROM known
WHERE id = ?1
