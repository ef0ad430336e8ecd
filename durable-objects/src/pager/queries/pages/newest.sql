SELECT number
FROM pages
WHERE alert_id = ?1
ORDER BY number DESC
LIMIT 1
