SELECT view
FROM views
WHERE due_at <= ?1
ORDER BY due_at
LIMIT CAST(?2 AS INTEGER)
