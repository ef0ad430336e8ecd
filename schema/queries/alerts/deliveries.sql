SELECT alert_id, user_id, via, sent_at, delivered_at, seen_at, acknowledged_at
FROM alert_deliveries
WHERE tenant_id = ?1 AND alert_id = ?2 AND (user_id, via) > (?3, ?4)
ORDER BY user_id, via
LIMIT CAST(?5 AS INTEGER)
