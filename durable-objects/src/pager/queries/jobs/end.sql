DELETE FROM jobs
WHERE alert_id = ?1 AND endpoint = ?2 AND page = ?3
