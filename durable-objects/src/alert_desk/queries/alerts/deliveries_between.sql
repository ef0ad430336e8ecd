SELECT seq, alert_id, user_id, via, sent_at, delivered_at, seen_at, acknowledged_at
FROM deliveries
WHERE seq > ?1 AND seq <= ?2
ORDER BY seq
