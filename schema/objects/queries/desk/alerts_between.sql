-- With their positions, in their order.
SELECT seq, alert
FROM alerts
WHERE seq > ?1 AND seq <= ?2
ORDER BY seq
