UPDATE deliveries SET state = ?3, given_up = ?4, next_at = NULL, ended_at = ?5
WHERE endpoint = ?1 AND id = ?2
