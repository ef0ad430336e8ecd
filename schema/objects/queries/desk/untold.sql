SELECT seq, alert
FROM alerts
WHERE is_told = 0
ORDER BY seq
LIMIT ?1
