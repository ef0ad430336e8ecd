DELETE FROM deliveries
WHERE alert_id = ?1
