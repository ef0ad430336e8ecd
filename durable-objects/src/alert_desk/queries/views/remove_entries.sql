DELETE FROM view_entries
WHERE alert_id = ?1
