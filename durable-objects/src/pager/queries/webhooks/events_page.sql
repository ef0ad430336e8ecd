SELECT number, event
FROM events
WHERE number > ?1
ORDER BY number
LIMIT CAST(?2 AS INTEGER)
