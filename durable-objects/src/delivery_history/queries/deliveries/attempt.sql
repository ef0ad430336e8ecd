UPDATE deliveries SET attempts = ?3, last_status = ?4, last_error = ?5
WHERE endpoint = ?1 AND id = ?2
