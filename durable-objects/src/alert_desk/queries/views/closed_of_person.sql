-- Closed views of user ?1 that the record has (up to position ?2).
SELECT id
FROM views
WHERE user_id = ?1 AND seq <= ?2 AND closed_at IS NOT NULL
LIMIT CAST(?3 AS INTEGER)
