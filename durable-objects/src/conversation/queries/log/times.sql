-- The time of an event that is not valid JSON is NULL.
SELECT seq, CASE WHEN json_valid(event) THEN event ->> '$.at' END AS at
FROM log
WHERE seq > ?1 AND seq <= ?2
ORDER BY seq
LIMIT CAST(?3 AS INTEGER)
