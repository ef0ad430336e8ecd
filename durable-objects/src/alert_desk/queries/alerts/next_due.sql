SELECT MIN(due_at)
FROM alerts
WHERE due_at IS NOT NULL
