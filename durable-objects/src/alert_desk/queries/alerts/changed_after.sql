SELECT seq, alert
FROM alerts
WHERE seq > ?1
ORDER BY seq
LIMIT CAST(?2 AS INTEGER)
