-- Alerts with their positions, in order of position.
SELECT seq, alert
FROM alerts
WHERE seq > ?1 AND seq <= ?2
ORDER BY seq
