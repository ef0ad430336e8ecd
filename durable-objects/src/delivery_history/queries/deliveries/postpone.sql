UPDATE deliveries SET state = 'failed', next_at = ?3
WHERE endpoint = ?1 AND id = ?2
