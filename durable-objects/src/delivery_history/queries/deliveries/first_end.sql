SELECT MIN(ended_at)
FROM deliveries
WHERE ended_at IS NOT NULL
