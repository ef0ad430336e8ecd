SELECT MIN(closed_at)
FROM alerts
WHERE closed_at IS NOT NULL
