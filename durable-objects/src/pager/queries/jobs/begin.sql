UPDATE jobs
SET tries = tries + 1, next_at = ?4
WHERE alert_id = ?1 AND endpoint = ?2 AND page = ?3
