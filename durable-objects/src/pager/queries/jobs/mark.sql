UPDATE jobs
SET is_slow = ?2
WHERE endpoint = ?1
