SELECT sent_at, delivered_at
FROM deliveries
WHERE sent_at IS NOT NULL
ORDER BY seq DESC
LIMIT CAST(?1 AS INTEGER)
