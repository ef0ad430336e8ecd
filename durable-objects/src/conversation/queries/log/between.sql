-- Invalid JSON becomes NULL, because it would make the whole frame invalid.
SELECT seq, CASE WHEN json_valid(event) THEN event END AS event
FROM log
WHERE seq > ?1 AND seq <= ?2
ORDER BY seq
LIMIT CAST(?3 AS INTEGER)
