DELETE FROM alerts
WHERE id = ?1
