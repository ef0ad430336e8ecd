SELECT seq, view
FROM views
WHERE seq > ?1 AND seq <= ?2
ORDER BY seq
LIMIT CAST(?3 AS INTEGER)
