SELECT seq, view
FROM views
WHERE user_id = ?1 AND seq > ?2 AND seq <= ?3
ORDER BY seq
LIMIT CAST(?4 AS INTEGER)
