SELECT number
FROM entries
WHERE alert_id = ?1 AND entry ->> '$.what' = 'duress'
ORDER BY number DESC
LIMIT 1
