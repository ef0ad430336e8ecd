UPDATE jobs
SET next_at = ?2
WHERE number = ?1
