SELECT id, payload, events, created_at
FROM deliveries
WHERE endpoint = ?1 AND state = 'pending'
ORDER BY number
LIMIT CAST(?2 AS INTEGER)
