SELECT 1
FROM alerts
WHERE is_told = 0
LIMIT 1
