DELETE FROM paged
WHERE alert_id = ?1
