DELETE FROM entries
WHERE alert_id = ?1
