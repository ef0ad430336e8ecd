SELECT view
FROM views
WHERE id = ?1
