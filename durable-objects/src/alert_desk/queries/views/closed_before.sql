-- Views closed before ?1 that the record has (up to position ?2).
SELECT id, user_id
FROM views
WHERE closed_at < ?1 AND seq <= ?2
ORDER BY closed_at
LIMIT CAST(?3 AS INTEGER)
