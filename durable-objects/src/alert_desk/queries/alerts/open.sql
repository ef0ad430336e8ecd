SELECT seq, alert
FROM alerts
WHERE closed_at IS NULL
ORDER BY created_at DESC
LIMIT CAST(?1 AS INTEGER)
